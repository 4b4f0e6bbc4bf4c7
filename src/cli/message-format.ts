/** How a message of any broker is shown by `sub`. */
import {isUtf8} from 'node:buffer';
import type {MqttMessage} from '../client/mqtt-subscribe.js';
import type {Columns} from './output.js';
import {onTerminal} from './stdout.js';
import {visible} from './text-width.js';

/** Keys of JSON as printed by `iotctl sub -o ndjson`; bytes that are not text come as base64. */
export interface MessageRow {
  readonly topic: string;
  readonly payload?: string;
  readonly payloadBase64?: string;
  readonly qos: number;
  readonly retain: boolean;
  /** RFC 3339 in UTC. */
  readonly receivedAt: string;
  readonly contentType?: string;
  readonly responseTopic?: string;
  readonly correlationDataBase64?: string;
  readonly userProperties?: Readonly<Record<string, string | string[]>>;
}

export const MESSAGE_COLUMNS: Columns<MessageRow> = {
  topic: row => row.topic,
  payload: row => row.payload ?? row.payloadBase64,
  qos: row => row.qos,
  retain: row => row.retain,
  receivedAt: row => row.receivedAt,
};

export function messageRow(message: MqttMessage): MessageRow {
  const {topic, payload, qos, retain, contentType, responseTopic, correlationData, userProperties} = message;
  return {
    topic,
    ...(isUtf8(payload) ? {payload: payload.toString('utf8')} : {payloadBase64: payload.toString('base64')}),
    qos,
    retain,
    receivedAt: new Date(message.receivedMs).toISOString(),
    ...(contentType === undefined ? {} : {contentType}),
    ...(responseTopic === undefined ? {} : {responseTopic}),
    ...(correlationData === undefined ? {} : {correlationDataBase64: correlationData.toString('base64')}),
    ...(userProperties === undefined ? {} : {userProperties: {...userProperties}}),
  };
}

/** A line of `sub`; what would steer the terminal is shown instead of obeyed. */
export function formatMessage(format: string, row: MessageRow): string {
  const line = format.replaceAll(/%([tpxqrI%])/g, (_, letter: string) => FIELDS[letter]!(row));
  return onTerminal() ? visible(line) : line;
}

const FIELDS: Readonly<Record<string, (row: MessageRow) => string>> = {
  t: row => row.topic,
  p: row => row.payload ?? row.payloadBase64 ?? '',
  x: row => bytesOf(row).toString('hex'),
  q: row => String(row.qos),
  r: row => (row.retain ? '1' : '0'),
  I: row => row.receivedAt,
  '%': () => '%',
};

const bytesOf = (row: MessageRow): Buffer =>
  row.payload === undefined ? Buffer.from(row.payloadBase64 ?? '', 'base64') : Buffer.from(row.payload);
