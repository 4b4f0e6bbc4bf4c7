import type {SeriesEpisode} from '../../domain/episode-counts.js';
import {IotctlError} from '../../domain/errors.js';
import {compareNullsLast, compareTexts} from '../text-order.js';

/** An answer is one message. */
export const EPISODES_MAX = 100_000;

export const tooManyEpisodes = (): IotctlError =>
  new IotctlError(
    'IOT_REQUEST_INVALID',
    `more than ${EPISODES_MAX} episodes: take a shorter range, a larger --for, or fewer devices`,
  );

/** By begin, then by series. */
export const compareEpisodes = (a: SeriesEpisode, b: SeriesEpisode): number =>
  a.startMs - b.startMs || compareSeries(a, b);

type Series = Pick<SeriesEpisode, 'metric' | 'device' | 'component'>;

/** As SQL has it: those without a component come last. */
export const compareSeries = (a: Series, b: Series): number =>
  compareTexts(a.metric, b.metric) ||
  compareTexts(a.device, b.device) ||
  compareNullsLast(a.component, b.component);
