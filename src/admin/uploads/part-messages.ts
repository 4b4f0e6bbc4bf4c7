/** The rows of a part as messages of telemetry: one for each device and component, each with readings in the order of the rows. */
import {isComponent, isDeviceId} from '../../domain/ids.js';
import {DEPTH_MAX, nestedDeeperThan, TIME_MS_MAX} from '../../domain/telemetry.js';
import type {RefusedRow, UploadRow} from '../../domain/upload.js';

export interface PartMessage {
  readonly device: string;
  readonly component: string;
  /** Names it within its part, whatever becomes of other rows. */
  readonly key: string;
  /** JSON: an array of readings. */
  readonly payload: Buffer;
  readonly rows: number;
}

/** Rows of one device that go into one message: longer ones would be larger than what a device may send at once. */
const ROWS_OF_MESSAGE = 250;
const ROW_BYTES_MAX = 64 * 1024;
const MESSAGE_BYTES_MAX = 256 * 1024;

export function readRow(value: unknown): UploadRow | {readonly reason: string} {
  if (typeof value !== 'object' || value === null) return {reason: 'not an object'};
  const {device, component = '', ts, v} = value as Record<string, unknown>;
  if (typeof device !== 'string' || !isDeviceId(device))
    return {reason: `device: not the id of a device: ${shown(device)}`};
  if (typeof component !== 'string' || (component !== '' && !isComponent(component)))
    return {reason: `component: not the name of a component: ${shown(component)}`};
  if (typeof ts !== 'number' || !Number.isFinite(ts) || Math.abs(ts) > TIME_MS_MAX)
    return {reason: `ts: not a time in Unix milliseconds: ${shown(ts)}`};
  if (typeof v !== 'object' || v === null || Array.isArray(v) || Object.keys(v).length === 0)
    return {reason: 'v: nothing was measured'};
  if (nestedDeeperThan(v, DEPTH_MAX)) return {reason: `v: nested deeper than ${DEPTH_MAX}`};
  return {device, component, ts: Math.trunc(ts), v: v as UploadRow['v']};
}

interface Group {
  readonly device: string;
  readonly component: string;
  readonly firstRow: number;
  readings: string[];
  bytes: number;
}

/** `rows` are those that are let in, each with its place in the part. */
export function messagesOf(rows: readonly {readonly row: number; readonly read: UploadRow}[]): {
  messages: PartMessage[];
  refused: RefusedRow[];
} {
  const groups = new Map<string, Group>();
  const messages: PartMessage[] = [];
  const refused: RefusedRow[] = [];
  for (const {row, read} of rows) {
    const {device, component = '', ts, v} = read;
    const reading = JSON.stringify({ts, v});
    const bytes = Buffer.byteLength(reading) + 1;
    if (bytes > ROW_BYTES_MAX) {
      refused.push({row, reason: `${bytes} bytes; a row may have ${ROW_BYTES_MAX}`});
      continue;
    }
    const key = `${device}/${component}`;
    let group = groups.get(key);
    if (group && (group.readings.length === ROWS_OF_MESSAGE || group.bytes + bytes > MESSAGE_BYTES_MAX)) {
      messages.push(messageOf(group));
      group = undefined;
    }
    if (group === undefined) {
      group = {device, component, firstRow: row, readings: [], bytes: 2};
      groups.set(key, group);
    }
    group.readings.push(reading);
    group.bytes += bytes;
  }
  for (const group of groups.values()) messages.push(messageOf(group));
  return {messages, refused};
}

const messageOf = ({device, component, firstRow, readings}: Group): PartMessage => ({
  device,
  component,
  key: String(firstRow),
  payload: Buffer.from(`[${readings.join(',')}]`),
  rows: readings.length,
});

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);
