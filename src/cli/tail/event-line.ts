/** How an event reads in a table: one line, in columns that may change. */
import type {CloudEvent} from '../../domain/cloud-event.js';
import {FUTURE_TOLERANCE_MS} from '../../domain/event.js';
import type {Columns} from '../output.js';
import {onTerminal} from '../stdout.js';
import {clip, visible} from '../text-width.js';
import {deviceOf, skewMsOf} from './event-facts.js';

export const EVENT_COLUMNS: Columns<CloudEvent> = {
  offset: event => event.offset,
  time: event => event.time,
  recordedTime: event => event.recordedtime,
  skewMs: event => skewMsOf(event),
  device: event => deviceOf(event),
  type: event => event.type,
  component: event => event.component,
  data: event => dataOf(event),
};

export function eventLine(event: CloudEvent): string {
  const device = deviceOf(event) || '-';
  const type = event.component === undefined ? event.type : `${event.type}/${event.component}`;
  return fitted(`${event.time}  ${ingestText(event)}  ${device}  ${type}  ${dataOf(event)}`);
}

/** When the platform had it, and how far the device's clock was off: `12:00:00.213 (-213ms)`; `-` without such a clock. */
function ingestText(event: CloudEvent): string {
  const skewMs = skewMsOf(event);
  if (skewMs === undefined) return '-';
  const {time, recordedtime} = event;
  const sameDay = time.slice(0, 10) === recordedtime.slice(0, 10);
  return `${sameDay ? recordedtime.slice(11, -1) : recordedtime} (${skewText(skewMs)})`;
}

/** What comes from strangers, in one line of the terminal. */
export function fitted(text: string): string {
  const line = visible(text);
  return onTerminal() ? clip(line, process.stdout.columns ?? 80) : line;
}

/** `-200ms` behind; `+2.0h!` ahead by so much that it is marked. */
function skewText(skewMs: number): string {
  const sign = skewMs < 0 ? '-' : '+';
  return `${sign}${spanText(Math.abs(skewMs))}${skewMs > FUTURE_TOLERANCE_MS ? '!' : ''}`;
}

function spanText(ms: number): string {
  const units: readonly [number, string][] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'm'],
    [1000, 's'],
  ];
  const [size, unit] = units.find(([unitMs]) => ms >= unitMs) ?? [1, 'ms'];
  const count = ms / size;
  return `${count < 10 && unit !== 'ms' ? count.toFixed(1) : Math.round(count)}${unit}`;
}

const dataOf = (event: CloudEvent): string => event.data_base64 ?? JSON.stringify(event.data ?? null);
