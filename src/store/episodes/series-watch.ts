import {type Episode, type EpisodeCondition, EpisodeMachine, judge} from '../../domain/episode.js';
import {microseconds} from '../microseconds.js';
import type {TimedRun} from '../resident/series-runs.js';
import type {EpisodesRequest} from './episodes-sql.js';

/**
 * Watches one series with the machine that live rules use, which is told only what it needs: readings that can be of an episode, and
 * the ones before and behind them. It does not mind the unit of its times, which are microseconds here.
 */
export class SeriesWatch {
  readonly #machine: EpisodeMachine;
  readonly #condition: EpisodeCondition;
  readonly #low: number;
  readonly #high: number;
  /** How far beyond the limit a value has to be so that it can be of an episode. */
  readonly #least: number;
  readonly #found: Episode[] = [];
  /** Of the runs so far. */
  #lastUs = Number.NEGATIVE_INFINITY;
  #lastValue = 0;
  /** The last reading could be of an episode. */
  #isNear = false;

  constructor({condition, forMs, maxGapMs}: EpisodesRequest, sinceUs: number) {
    const times = {forMs: microseconds(forMs), maxGapMs: microseconds(maxGapMs)};
    this.#machine = new EpisodeMachine(times, sinceUs);
    this.#condition = condition;
    this.#low = lowest(condition);
    this.#high = highest(condition);
    this.#least = -condition.hysteresis;
  }

  /** Of the episodes that have ended so far. */
  get count(): number {
    return this.#found.length;
  }

  /** The time of the last reading so far. */
  get lastUs(): number {
    return this.#lastUs;
  }

  /** Runs come in the order of time, and none is empty. */
  addRun({timesUs, values, from, to}: TimedRun): void {
    for (let row = from; row < to; ) {
      if (!this.#isNear) {
        while (row < to && !this.#canBeOfOne(values[row]!)) row++;
        if (row === to) break;
        if (row > from) this.#tell(timesUs[row - 1]!, values[row - 1]!);
        else if (this.#lastUs !== Number.NEGATIVE_INFINITY) this.#tell(this.#lastUs, this.#lastValue);
      }
      const value = values[row]!;
      this.#tell(timesUs[row]!, value);
      this.#isNear = this.#canBeOfOne(value);
      row++;
    }
    this.#lastUs = timesUs[to - 1]!;
    this.#lastValue = values[to - 1]!;
  }

  end(untilUs: number): Episode[] {
    const last = this.#machine.end(untilUs);
    if (last) this.#found.push(last);
    return this.#found;
  }

  #canBeOfOne(value: number): boolean {
    return value - this.#high > this.#least || this.#low - value > this.#least;
  }

  #tell(timeUs: number, value: number): void {
    const ended = this.#machine.add(timeUs, value, judge(this.#condition, value));
    if (ended) this.#found.push(ended);
  }
}

const lowest = (condition: EpisodeCondition): number => {
  if (condition.kind === 'outside') return condition.low;
  return condition.kind === 'below' ? condition.limit : Number.NEGATIVE_INFINITY;
};

const highest = (condition: EpisodeCondition): number => {
  if (condition.kind === 'outside') return condition.high;
  return condition.kind === 'above' ? condition.limit : Number.POSITIVE_INFINITY;
};
