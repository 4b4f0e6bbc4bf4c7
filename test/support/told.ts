/** What devices told a gateway of a test. */
import {createHash} from 'node:crypto';
import type {StoredEvent} from '../../src/domain/event.js';

const KINDS = ['telemetry', 'undecodable'];

export const textOf = ({payload}: StoredEvent): string => Buffer.from(payload).toString();

/** The payloads of telemetry of each device, in the order in which they came. */
export function payloadsByDevice(events: readonly StoredEvent[]): Map<string, string[]> {
  const byDevice = new Map<string, string[]>();
  for (const event of events) {
    if (!KINDS.includes(event.type)) continue;
    byDevice.set(event.device, [...(byDevice.get(event.device) ?? []), textOf(event)]);
  }
  return byDevice;
}

/** One hash for each device, over what it told and in which order. */
export const hashesByDevice = (events: readonly StoredEvent[]): Record<string, string> =>
  Object.fromEntries(
    [...payloadsByDevice(events)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([device, payloads]) => [
        device,
        createHash('sha256').update(JSON.stringify(payloads)).digest('hex'),
      ]),
  );
