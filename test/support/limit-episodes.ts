/** Episodes beyond limits, by the machine that live rules use and by an oracle that is written plainly: for tests of the store. */
import {expect} from 'vitest';
import {type Episode, type EpisodeCondition, EpisodeMachine, judge} from '../../src/domain/episode.js';
import type {EpisodesRequest} from '../../src/store/episodes/episodes-sql.js';
import type {Store} from '../../src/store/store.js';
import {plainEpisodes} from './plain-episodes.js';
import type {Stored} from './plain-stats.js';

/** Throws where the store, the machine and the oracle do not have the same episodes of one metric; gives back how many there are, and from where. */
export async function expectEpisodes(
  store: Store,
  request: EpisodesRequest,
  stored: readonly Stored[],
): Promise<{count: number; from: string}> {
  const {sinceMs, untilMs} = request;
  const chosen = stored
    .filter(({timeMs}) => timeMs >= sinceMs && timeMs < untilMs)
    .sort((x, y) => x.timeMs - y.timeMs || x.order - y.order || x.value - y.value);
  const {found: rows, from} = await store.episodes('default', request);
  const [metric] = request.metrics;
  for (const key of new Set(stored.map(seriesOf))) {
    const series = chosen.filter(made => seriesOf(made) === key);
    const expected = oracle(request, series);
    expect(byMachine(request, series)).toEqual(expected);
    const [device, component] = key.split('/');
    const parts = {metric, device, component: component === '' ? null : component};
    const found = rows.filter(row => seriesOf(row) === key);
    expect(found).toEqual(expected.map(episode => ({...parts, ...episode})));
  }
  return {count: rows.length, from};
}

const seriesOf = ({device, component}: {device: string; component: string | null}): string =>
  `${device}/${component ?? ''}`;

function byMachine(request: EpisodesRequest, series: readonly Stored[]): Episode[] {
  const machine = new EpisodeMachine(request, request.sinceMs);
  const found = series.map(({timeMs, value}) => machine.add(timeMs, value, judge(request.condition, value)));
  return [...found, machine.end(request.untilMs)].filter(episode => episode !== undefined);
}

/** Cuts at gaps, tells of each reading whether the condition holds, and takes the stretches in which it does. */
function oracle(
  {condition: limits, sinceMs, untilMs, forMs, maxGapMs}: EpisodesRequest,
  series: readonly Stored[],
): Episode[] {
  const isCut = series.map((made, index) => index > 0 && made.timeMs - series[index - 1]!.timeMs > maxGapMs);
  const holds: boolean[] = [];
  for (const [index, {value}] of series.entries()) {
    const before = index > 0 && !isCut[index]! && holds[index - 1]!;
    holds.push(isBeyond(limits, value, 0) || (before && isBeyond(limits, value, limits.hysteresis)));
  }
  const judged = series.map(({timeMs, value}, index) => ({
    timeMs,
    value,
    holds: holds[index]!,
    distance: distance(limits, value),
  }));
  return plainEpisodes(judged, {sinceMs, untilMs, forMs, maxGapMs});
}

function isBeyond(limits: EpisodeCondition, value: number, slack: number): boolean {
  if (limits.kind === 'outside') return value < limits.low + slack || value > limits.high - slack;
  return limits.kind === 'above' ? value > limits.limit - slack : value < limits.limit + slack;
}

function distance(limits: EpisodeCondition, value: number): number {
  if (limits.kind !== 'outside')
    return Math.abs(value - limits.limit) * (isBeyond(limits, value, 0) ? 1 : -1);
  return Math.max(limits.low - value, value - limits.high);
}
