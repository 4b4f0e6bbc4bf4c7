/** How an event is shown outside: CloudEvents 1.0, structured JSON (cloudevents/spec, JSON event format). */
import {eventTimeMs, FUTURE_TOLERANCE_MS, type StoredEvent} from './event.js';

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly recordedtime: string;
  /** Position in the event stream: what `tail` resumes after. */
  readonly offset: number;
  readonly partitionkey: string;
  readonly datacontenttype: string;
  readonly component?: string;
  readonly data?: unknown;
  readonly data_base64?: string;
  readonly [extension: string]: unknown;
}

export function toCloudEvent(event: StoredEvent): CloudEvent {
  const {contentType, payload} = event;
  if (payload.length === 0) return envelopeOf(event);
  return contentType === 'application/json'
    ? {...envelopeOf(event), data: JSON.parse(textOf(payload, 'utf8')) as unknown}
    : {...envelopeOf(event), data_base64: textOf(payload, 'base64')};
}

/**
 * The JSON text of `toCloudEvent`, in one line. What the device said is not parsed but taken over as it is, which is
 * several times faster and keeps every digit of its numbers.
 */
export function cloudEventJson(event: StoredEvent): string {
  const {contentType, payload} = event;
  if (contentType !== 'application/json' || payload.length === 0) return JSON.stringify(toCloudEvent(event));
  const data = textOf(payload, 'utf8');
  // A line break in valid JSON is always white space: in a string it is escaped (RFC 8259, 7).
  const line = data.includes('\n') || data.includes('\r') ? data.replace(/[\r\n]+/g, ' ') : data;
  return `${JSON.stringify(envelopeOf(event)).slice(0, -1)},"data":${line}}`;
}

/** All but the data. */
function envelopeOf(event: StoredEvent): CloudEvent {
  return {
    ...event.attributes,
    specversion: '1.0',
    id: String(event.offset),
    source: event.device === '' ? `/t/${event.tenant}` : `/t/${event.tenant}/d/${event.device}`,
    type: event.type,
    time: new Date(eventTimeMs(event)).toISOString(),
    recordedtime: new Date(event.recordedMs).toISOString(),
    offset: event.offset,
    partitionkey: `${event.tenant}/${event.device}`,
    datacontenttype: event.contentType,
    ...(event.component === '' ? {} : {component: event.component}),
    ...(eventTimeMs(event) > event.recordedMs + FUTURE_TOLERANCE_MS ? {timequality: 'future'} : {}),
  };
}

const textOf = (payload: Uint8Array, encoding: 'utf8' | 'base64'): string =>
  Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString(encoding);
