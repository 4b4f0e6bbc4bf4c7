/**
 * Episodes of a condition on several metrics of a component. It is asked at each reading of one metric; of the others, the
 * newest values up to that time are known that are not older than the largest gap. Where it cannot be told whether the
 * condition holds, there is no reading for the episode: it ends where that lasts for longer than a gap may.
 */
import type {DuckDBConnection} from '@duckdb/node-api';
import type {SeriesEpisode} from '../../domain/episode-counts.js';
import {parseReadingCondition} from '../../expression/reading-condition.js';
import type {BegunReadings} from '../stats/answer.js';
import {EVER, requireTold} from '../told-metrics.js';
import {compareEpisodes, EPISODES_MAX, tooManyEpisodes} from './episode-list.js';
import {readingSeries} from './reading-series.js';

import type {WhenRequest} from './when-request.js';
import {WhenSeries} from './when-series.js';

/** In the order of their begins. Throws `IOT_EXPRESSION_INVALID`, `IOT_METRIC_UNKNOWN`, and `IOT_REQUEST_INVALID` where there are too many. */
export async function runWhen(
  connection: DuckDBConnection,
  request: WhenRequest,
  begin: () => Promise<BegunReadings>,
): Promise<SeriesEpisode[]> {
  const condition = parseReadingCondition(request.when, 'when');
  const [metric] = request.metrics;
  const others = condition.metrics.filter(name => name !== metric);
  const metrics = [metric!, ...others];
  // What was told shortly before the range is known when it begins.
  const choice = {...request, metrics, sinceMs: request.sinceMs - request.maxGapMs};
  const episodes: SeriesEpisode[] = [];
  const found = (episode: SeriesEpisode): void => {
    if (episodes.push(episode) > EPISODES_MAX) throw tooManyEpisodes();
  };
  const told = new Set<number>();
  let series: WhenSeries | undefined;
  let readingsOf: BegunReadings | undefined;
  const beginNear = async (): Promise<string> => {
    readingsOf = await begin();
    return readingsOf(choice);
  };
  for await (const readings of readingSeries(connection, choice, beginNear))
    for (const reading of readings) {
      told.add(reading.metric);
      if (series?.series !== reading.series) {
        series?.end();
        series = new WhenSeries(reading.series, {request, condition, metrics, found});
      }
      series.add(reading);
    }
  series?.end();
  const silent = others.filter((_, index) => !told.has(index + 1));
  await requireTold(connection, {...request, metrics: silent}, readingsOf!(EVER));
  return episodes.sort(compareEpisodes);
}
