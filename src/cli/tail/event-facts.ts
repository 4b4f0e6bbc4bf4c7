/** What an event says, as people ask for it. */
import type {CloudEvent} from '../../domain/cloud-event.js';
import {isJsonObject} from '../../domain/json.js';

/** The device of a source, `/t/{tenant}/d/{device}`; empty for an event of the platform itself. */
export const deviceOf = (event: CloudEvent): string => event.source.split('/')[4] ?? '';

/** How far the device's clock is ahead of the platform's, in milliseconds, with what the way took; undefined without one. */
export function skewMsOf({time, recordedtime}: CloudEvent): number | undefined {
  return time === recordedtime ? undefined : Date.parse(time) - Date.parse(recordedtime);
}

/** The readings in data: one, or several in an array; `{"ts":…,"v":{…}}` is what `v` says. */
export const readingsIn = (data: unknown): unknown[] =>
  (Array.isArray(data) ? (data as unknown[]) : [data]).map(entry =>
    isJsonObject(entry) && isJsonObject(entry.v) ? entry.v : entry,
  );
