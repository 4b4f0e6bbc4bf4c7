/** A load test from its first connection to its report, in this process or in several. */
import type {LiveView, RunPhase} from '../../domain/live-view.js';
import type {AgentRun} from '../agents/agent-run.js';
import {prepareRun} from '../agents/prepare-run.js';
import type {RunPlan} from '../agents/run-plan.js';
import {nowMs} from '../measure/clock.js';
import type {MeasurementsSnapshot} from '../measure/measurements.js';
import type {RunRecorder} from '../measure/run-recorder.js';
import type {RunEnding, RunReport} from '../measure/run-report.js';
import type {RunSnapshot} from '../measure/run-snapshot.js';
import {ThresholdWatch} from '../measure/threshold-watch.js';
import type {LoadPlan} from './plan.js';

export interface LoadOptions {
  readonly recorder: RunRecorder;
  /** End as soon as a threshold is beyond hope. */
  readonly abortOnFail?: boolean;
  /** Somebody wants it to end. */
  readonly signal?: AbortSignal | undefined;
  readonly onSnapshot?: ((snapshot: RunSnapshot) => void) | undefined;
  readonly onView?: ((view: LiveView) => void) | undefined;
}

const OBSERVE_EVERY_MS = 500;

export const runLoad = (plan: LoadPlan, options: LoadOptions): Promise<RunReport> =>
  runWhole({kind: 'load', plan}, plan.slice.agents, options);

/** Throws for a plan that cannot be run; a run that goes wrong is told of in its report. */
export async function runWhole(plan: RunPlan, agents: number, options: LoadOptions): Promise<RunReport> {
  const {recorder, signal} = options;
  const observed: Observed = {phase: 'preparing'};
  const run = await prepareRun(plan, agents, phase => {
    observed.phase = phase;
    if (phase !== 'ended') recorder.enter(phase);
  });
  const observation = new Observation(run, observed, options);
  const interrupt = (): void => run.stop('interrupt');
  signal?.addEventListener('abort', interrupt, {once: true});
  try {
    if (signal?.aborted === true) interrupt();
    await run.connect();
    if (run.snapshot().measurements.counters.connected > 0) run.begin();
    else run.stop();
    const snapshot = await run.done;
    return recorder.finish(snapshot, observation.ending(snapshot.measurements));
  } finally {
    signal?.removeEventListener('abort', interrupt);
    observation[Symbol.dispose]();
  }
}

interface Observed {
  phase: RunPhase;
}

/** Looks at the run now and then. */
class Observation implements Disposable {
  readonly #timer: NodeJS.Timeout;
  readonly #watch: ThresholdWatch;
  readonly #run: AgentRun;
  readonly #observed: Observed;
  readonly #options: LoadOptions;
  #aborted: string | undefined;

  constructor(run: AgentRun, observed: Observed, options: LoadOptions) {
    this.#run = run;
    this.#observed = observed;
    this.#options = options;
    this.#watch = new ThresholdWatch(options.recorder.facts.thresholds);
    this.#timer = setInterval(() => this.#look(), OBSERVE_EVERY_MS);
  }

  ending({counters: {connected}, failures}: MeasurementsSnapshot): RunEnding {
    const [broken] = Object.keys(failures.agent ?? {});
    if (broken !== undefined) return {state: 'failed', reason: broken};
    if (this.#options.signal?.aborted === true) return {state: 'interrupted', reason: null};
    if (this.#aborted !== undefined) return {state: 'aborted', reason: `${this.#aborted} is beyond hope`};
    if (connected === 0) return {state: 'failed', reason: 'nobody could connect'};
    return {state: 'finished', reason: null};
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const {recorder, abortOnFail, onSnapshot, onView} = this.#options;
    const snapshot = this.#run.snapshot();
    const view = recorder.observe(snapshot);
    onView?.(view);
    onSnapshot?.(snapshot);
    if (abortOnFail !== true || this.#observed.phase !== 'running') return;
    const missed = this.#watch.check(recorder.provisional(snapshot), nowMs());
    if (missed === undefined) return;
    this.#aborted = missed.text;
    this.#run.stop();
  }
}
