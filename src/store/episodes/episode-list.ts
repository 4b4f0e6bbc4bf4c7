import type {SeriesEpisode} from '../../domain/episode-counts.js';
import {IotctlError} from '../../domain/errors.js';

/** An answer is one message. */
export const EPISODES_MAX = 100_000;

export const tooManyEpisodes = (): IotctlError =>
  new IotctlError(
    'IOT_REQUEST_INVALID',
    `more than ${EPISODES_MAX} episodes: take a shorter range, a larger --for, or fewer devices`,
  );

/** By begin, then by metric, device and component. */
export const compareEpisodes = (a: SeriesEpisode, b: SeriesEpisode): number =>
  a.startMs - b.startMs || compare(a.device, b.device) || compare(a.component, b.component);

/** As SQL has it: those without come last. */
function compare(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
