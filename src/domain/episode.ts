/**
 * Episodes: stretches of time during which a condition held for the readings of one series. One definition for live rules
 * and for questions about the past.
 *
 * An episode begins and ends at a reading for which the condition holds: it claims nothing that was not measured. Between
 * two readings that are more than `maxGapMs` apart nothing is known, and no episode goes across.
 */

/** With hysteresis, what began goes on until a value is so far on the other side of the limit. */
export type EpisodeCondition =
  | {readonly kind: 'outside'; readonly low: number; readonly high: number; readonly hysteresis: number}
  | {readonly kind: 'above' | 'below'; readonly limit: number; readonly hysteresis: number};

export interface EpisodeRule extends EpisodeTimes {
  readonly condition: EpisodeCondition;
}

export interface EpisodeTimes {
  /** Only what lasts at least so long, from its first reading to its last. */
  readonly forMs: number;
  readonly maxGapMs: number;
}

/** `range`: there is no reading within `maxGapMs` at that side, and the range ends there. */
export type EpisodeEdge = 'value' | 'gap' | 'range';

export interface Episode {
  readonly startMs: number;
  readonly endMs: number;
  /** The value that was farthest beyond the limit, or the highest where there is no limit; the first of several, and when. */
  readonly peak: number;
  readonly peakMs: number;
  readonly samples: number;
  /** `value`: the reading before was not of it. `gap`: there was none near. `range`: it may have begun earlier. */
  readonly startedBy: EpisodeEdge;
  /** `range`: it may still go on. */
  readonly endedBy: EpisodeEdge;
}

/** Does it hold for a value, certainly not, or as it did before? */
export type Holding = 'yes' | 'no' | 'as before';

export function holding(condition: EpisodeCondition, value: number): Holding {
  const distance = beyond(condition, value);
  if (distance > 0) return 'yes';
  return condition.hysteresis > 0 && distance > -condition.hysteresis ? 'as before' : 'no';
}

/** What a reading says. */
export interface Judgement {
  readonly holds: Holding;
  /** The reading that has most of it is the peak. */
  readonly distance: number;
}

export const judge = (condition: EpisodeCondition, value: number): Judgement => ({
  holds: holding(condition, value),
  distance: beyond(condition, value),
});

/** How far a value is beyond the limit; below zero, how far it is on the right side. */
export function beyond(condition: EpisodeCondition, value: number): number {
  if (condition.kind === 'outside') return Math.max(condition.low - value, value - condition.high);
  return condition.kind === 'above' ? value - condition.limit : condition.limit - value;
}

type Open = {-readonly [Key in keyof Omit<Episode, 'endedBy'>]: Episode[Key]} & {peakDistance: number};

/** Takes the readings of one series in the order of their time, and gives each episode when it has ended. */
export class EpisodeMachine {
  readonly #times: EpisodeTimes;
  /** Of the reading before, or the begin of the range. */
  #beforeMs: number;
  #isFirst = true;
  #open: Open | undefined;

  constructor(times: EpisodeTimes, sinceMs: number) {
    this.#times = times;
    this.#beforeMs = sinceMs;
  }

  /** The episode that goes on, as far as it is known. */
  get open(): Omit<Episode, 'endedBy'> | undefined {
    return this.#open;
  }

  /** The episode that ended before this reading. */
  add(timeMs: number, value: number, {holds, distance}: Judgement): Episode | undefined {
    const isGap = timeMs - this.#beforeMs > this.#times.maxGapMs;
    const startedBy = isGap ? 'gap' : this.#isFirst ? 'range' : 'value';
    const ended = isGap ? this.#close('gap') : undefined;
    this.#beforeMs = timeMs;
    this.#isFirst = false;
    if (holds === 'no') return ended ?? this.#close('value');
    const reading = {timeMs, value, distance};
    if (this.#open) extend(this.#open, reading);
    else if (holds === 'yes') this.#open = begun(reading, startedBy);
    return ended;
  }

  /** The episode that is open when the range ends. */
  end(untilMs: number): Episode | undefined {
    return this.#close(untilMs - this.#beforeMs > this.#times.maxGapMs ? 'gap' : 'range');
  }

  #close(endedBy: EpisodeEdge): Episode | undefined {
    if (!this.#open) return undefined;
    const {startMs, endMs, peak, peakMs, samples, startedBy} = this.#open;
    this.#open = undefined;
    if (endMs - startMs < this.#times.forMs) return undefined;
    return {startMs, endMs, peak, peakMs, samples, startedBy, endedBy};
  }
}

interface Judged {
  readonly timeMs: number;
  readonly value: number;
  readonly distance: number;
}

function begun({timeMs, value, distance}: Judged, startedBy: EpisodeEdge): Open {
  return {
    startMs: timeMs,
    endMs: timeMs,
    peak: value,
    peakMs: timeMs,
    samples: 1,
    startedBy,
    peakDistance: distance,
  };
}

function extend(open: Open, {timeMs, value, distance}: Judged): void {
  open.endMs = timeMs;
  open.samples++;
  if (distance <= open.peakDistance) return;
  open.peakDistance = distance;
  open.peak = value;
  open.peakMs = timeMs;
}
