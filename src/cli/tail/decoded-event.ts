/** Events whose payload is not plain JSON, with what it says. */
import type {CloudEvent} from '../../domain/cloud-event.js';
import {decodePayload, guessPayload, type Payload, type PayloadFormat} from '../../payload/decode.js';

/**
 * The event with `data` as JSON and `decodedfrom`; with `decodefault` where it is not in that format. As it is where it
 * is plain JSON.
 */
export function decodedEvent(event: CloudEvent, format: PayloadFormat | 'auto'): CloudEvent {
  const payload = payloadOf(event, format);
  if (payload === undefined) return event;
  const nowMs = Date.parse(event.recordedtime);
  try {
    const found =
      format === 'auto'
        ? guessPayload(payload, nowMs)
        : {format, data: decodePayload(payload, format, nowMs)};
    if (found === undefined) return event;
    const {data_base64: _bytes, data: _data, ...envelope} = event;
    return {...envelope, datacontenttype: 'application/json', decodedfrom: found.format, data: found.data};
  } catch (error) {
    return {...event, decodefault: `not ${format}: ${(error as Error).message.slice(0, 200)}`};
  }
}

/** SenML in JSON is telemetry as any other; the other formats are bytes. */
function payloadOf(event: CloudEvent, format: PayloadFormat | 'auto'): Payload | undefined {
  if (event.data_base64 !== undefined) return {bytes: Buffer.from(event.data_base64, 'base64')};
  const readsJson = format === 'senml' || format === 'auto';
  return readsJson && Array.isArray(event.data) ? {json: event.data} : undefined;
}
