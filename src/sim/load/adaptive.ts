/** A run that finds the highest rate at which its thresholds hold. Connections stay; only the rate changes. */
import {type AdaptiveReport, withSearch} from '../measure/adaptive-report.js';
import {nowMs} from '../measure/clock.js';
import type {RunFacts} from '../measure/run-facts.js';
import type {RunEnding, RunReport} from '../measure/run-report.js';
import {RateSearch} from './adaptive-search.js';
import {Step, type StepResult} from './adaptive-step.js';
import {LoadRun} from './load-run.js';
import type {LoadPlan, PlannedSearch} from './plan.js';
import type {LoadOptions} from './run-load.js';

const OBSERVE_EVERY_MS = 500;
const LOOK_EVERY_MS = 10;
/** Of a step's time, so much goes by before it is measured. */
const SETTLE_SHARE = 0.25;
/** After a rate that did not hold, what is on its way is waited for as long as it becomes less, and no longer than this. */
const STALLED_MS = 500;
const CALM_MS_MAX = 30_000;

/** Throws for a plan that cannot be run; a run that goes wrong is told of in its report. */
export async function runAdaptive(
  plan: LoadPlan & {readonly search: PlannedSearch},
  {recorder, signal, onSnapshot, onView}: LoadOptions,
): Promise<RunReport> {
  const run = await LoadRun.prepare(plan, phase => {
    if (phase !== 'ended') recorder.enter(phase);
  });
  const interrupt = (): void => run.stop('interrupt');
  signal?.addEventListener('abort', interrupt, {once: true});
  const observing = setInterval(() => {
    const snapshot = run.snapshot();
    onView?.(recorder.observe(snapshot));
    onSnapshot?.(snapshot);
  }, OBSERVE_EVERY_MS);
  try {
    if (signal?.aborted === true) interrupt();
    await run.connect();
    const connected = run.measurements.counter('connected') > 0;
    if (connected) run.begin();
    const search = connected ? await new Adaptive(run, plan, recorder.facts).search() : NOTHING_SOUGHT;
    run.stop();
    return withSearch(recorder.finish(await run.done, endingOf(connected, signal)), search);
  } finally {
    signal?.removeEventListener('abort', interrupt);
    clearInterval(observing);
  }
}

const NOTHING_SOUGHT: SearchResult = {
  adaptive: {highestRatePerSec: null, lowestMissedPerSec: null, limit: null, steps: []},
  thresholds: [],
};

function endingOf(connected: boolean, signal: AbortSignal | undefined): RunEnding {
  if (signal?.aborted === true) return {state: 'interrupted', reason: null};
  if (!connected) return {state: 'failed', reason: 'nobody could connect'};
  return {state: 'finished', reason: null};
}

interface SearchResult {
  readonly adaptive: AdaptiveReport;
  /** Those of the highest rate that held, or of the start. */
  readonly thresholds: StepResult['thresholds'];
}

class Adaptive {
  readonly #run: LoadRun;
  readonly #facts: RunFacts;
  readonly #stepMs: number;
  readonly #search: RateSearch;
  readonly #steps: {ratePerSec: number; result: StepResult}[] = [];

  constructor(run: LoadRun, {publish, search}: LoadPlan & {readonly search: PlannedSearch}, facts: RunFacts) {
    this.#run = run;
    this.#facts = facts;
    this.#stepMs = search.stepMs;
    this.#search = new RateSearch(publish!.rate!.startPerSec, search.precision);
  }

  /** Ends when the rate is found, or with the run. */
  async search(): Promise<SearchResult> {
    while (!this.#search.isOver) {
      const held = (await this.#step()) ?? (await this.#again());
      if (held === undefined) break;
      this.#search.tell(held);
    }
    return this.#result();
  }

  /** What made one step miss may have been chance: only a rate that misses twice does not hold. */
  async #again(): Promise<boolean | undefined> {
    if (!this.#isRunning) return undefined;
    const held = await this.#step();
    return held ?? (this.#isRunning ? false : undefined);
  }

  /** True when the current rate held; undefined when it did not, or the run ended before one could know. */
  async #step(): Promise<true | undefined> {
    const ratePerSec = this.#search.rate;
    this.#run.setRate(ratePerSec);
    await this.#wait(this.#stepMs * SETTLE_SHARE);
    const step = new Step(this.#run, this.#facts);
    await this.#wait(this.#stepMs);
    // What a pause of a moment held up is caught up with soon; what is too much only becomes more.
    await this.#wait(this.#stepMs * SETTLE_SHARE, () => !step.backlogGrew);
    if (!this.#isRunning) return undefined;
    const result = step.judge();
    this.#steps.push({ratePerSec, result});
    if (result.limit === null) return true;
    await this.#calm();
    return undefined;
  }

  /** Sends nothing until what is on its way has arrived, or does not become less any more. */
  async #calm(): Promise<void> {
    this.#run.setRate(0);
    let [fewest, sinceMs] = [Infinity, nowMs()];
    await this.#wait(CALM_MS_MAX, () => {
      const {outstanding} = this.#run.progress();
      if (outstanding < fewest) [fewest, sinceMs] = [outstanding, nowMs()];
      return outstanding === 0 || nowMs() - sinceMs >= STALLED_MS;
    });
  }

  get #isRunning(): boolean {
    return this.#run.phase === 'running';
  }

  /** No longer than the run. */
  async #wait(durationMs: number, isOver: () => boolean = () => false): Promise<void> {
    const endMs = nowMs() + durationMs;
    while (this.#isRunning && nowMs() < endMs && !isOver())
      await new Promise(resolve => setTimeout(resolve, Math.min(LOOK_EVERY_MS, endMs - nowMs())));
  }

  #result(): SearchResult {
    const {highest = null, lowestMissed = null} = this.#search;
    const last = (ratePerSec: number | null) => this.#steps.findLast(step => step.ratePerSec === ratePerSec);
    return {
      thresholds: (last(highest) ?? this.#steps[0])?.result.thresholds ?? [],
      adaptive: {
        highestRatePerSec: highest,
        lowestMissedPerSec: lowestMissed,
        limit: last(lowestMissed)?.result.limit ?? (highest === null ? null : 'duration'),
        steps: this.#steps.map(({ratePerSec, result: {durationMs, limit, thresholds}}) => ({
          ratePerSec,
          durationMs: Math.round(durationMs),
          ok: limit === null,
          limit,
          values: Object.fromEntries(thresholds.map(({text, value}) => [text, value])),
        })),
      },
    };
  }
}
