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
  const json = event.contentType === 'application/json';
  const bytes = Buffer.from(event.payload.buffer, event.payload.byteOffset, event.payload.byteLength);
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
    ...(json
      ? {data: JSON.parse(bytes.toString('utf8')) as unknown}
      : {data_base64: bytes.toString('base64')}),
  };
}
