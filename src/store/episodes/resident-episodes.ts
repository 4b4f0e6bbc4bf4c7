/** Finds episodes in readings in memory, as `episodesSql` does in the table, with the machine that live rules use. */
import type {Episode} from '../../domain/episode.js';
import type {SeriesEpisode} from '../../domain/episode-counts.js';
import {Pauses} from '../pauses.js';
import type {Block} from '../resident/block.js';
import {ChosenSeries} from '../resident/chosen-series.js';
import {type RangeUs, type ResidentReadings, rangeUs} from '../resident/resident-readings.js';
import type {Series} from '../resident/series-numbers.js';
import {runInTime, sortedReadings} from '../resident/series-runs.js';
import {chosenSeries} from '../stats/series-groups.js';
import {compareSeries, EPISODES_MAX, tooManyEpisodes} from './episode-list.js';
import type {EpisodesRequest} from './episodes-sql.js';
import {SeriesWatch} from './series-watch.js';

/** Undefined where the answer has to come from the table. Throws `IOT_REQUEST_INVALID` where there are too many. */
export async function residentEpisodes(
  readings: ResidentReadings,
  request: EpisodesRequest,
  signal: AbortSignal,
): Promise<SeriesEpisode[] | undefined> {
  const blocks = readings.blocksOf(request);
  if (blocks === undefined) return undefined;
  const numbers = chosenSeries(readings.series, request);
  const chosen = new ChosenSeries(numbers, readings.series.all.length, index => index);
  const watching = new Watching(request, numbers);
  const pauses = new Pauses(signal);
  for (const block of blocks) {
    watching.add(block, chosen);
    if (!pauses.isDue()) continue;
    if (watching.areTooMany) return undefined;
    await pauses.take();
  }
  if (!(await watching.addLate(blocks, pauses))) return undefined;
  return watching.found(readings.series.all);
}

/** A watch for each series, by its place among those that are asked for. */
class Watching {
  readonly #range: RangeUs;
  readonly #watches: SeriesWatch[];
  /** Those whose readings did not come in the order of time. */
  readonly #late = new Set<number>();

  constructor(
    private readonly request: EpisodesRequest,
    private readonly numbers: readonly number[],
  ) {
    this.#range = rangeUs(request);
    this.#watches = numbers.map(() => this.#watch());
  }

  add(block: Block, chosen: ChosenSeries): void {
    chosen.eachRun(block, (index, place) => {
      if (this.#late.has(place)) return;
      const watch = this.#watches[place]!;
      const run = runInTime(block, index, this.#range, watch.lastUs);
      if (run === undefined) this.#late.add(place);
      else if (run.to > run.from) watch.addRun(run);
    });
  }

  /** False where it cannot be told here in which order the readings of a series came. */
  async addLate(blocks: readonly Block[], pauses: Pauses): Promise<boolean> {
    for (const place of this.#late) {
      const run = sortedReadings(blocks, this.numbers[place]!, this.#range);
      if (run === undefined) return false;
      const watch = this.#watch();
      if (run.to > 0) watch.addRun(run);
      this.#watches[place] = watch;
      if (pauses.isDue(run.to)) await pauses.take();
    }
    return true;
  }

  /** So far. What came late can make one of several. */
  get areTooMany(): boolean {
    let count = 0;
    for (const watch of this.#watches) count += watch.count;
    return count > EPISODES_MAX;
  }

  /** `all` series by their numbers. */
  found(all: readonly Series[]): SeriesEpisode[] {
    const found = this.#watches.flatMap((watch, place) => {
      const series = all[this.numbers[place]!]!;
      return watch.end(this.#range.untilUs).map(episode => ({series, episode}));
    });
    if (found.length > EPISODES_MAX) throw tooManyEpisodes();
    return found.sort(compareFound).map(shown);
  }

  #watch(): SeriesWatch {
    return new SeriesWatch(this.request, this.#range.sinceUs);
  }
}

interface Found {
  readonly series: Series;
  /** Times are microseconds. */
  readonly episode: Episode;
}

const shown = ({series, episode}: Found): SeriesEpisode => ({
  metric: series.metric,
  device: series.device,
  component: series.component,
  startMs: Math.floor(episode.startMs / 1000),
  endMs: Math.floor(episode.endMs / 1000),
  peak: episode.peak,
  peakMs: Math.floor(episode.peakMs / 1000),
  samples: episode.samples,
  startedBy: episode.startedBy,
  endedBy: episode.endedBy,
});

/** Begins are compared in microseconds, as SQL does. */
const compareFound = (a: Found, b: Found): number =>
  a.episode.startMs - b.episode.startMs || compareSeries(a.series, b.series);
