/** Runs a planned simulation and shows how it goes. */

import {prepareRun} from '../../sim/agents/prepare-run.js';
import type {SimPlan} from '../../sim/device/sim-plan.js';
import {nowMs} from '../../sim/measure/clock.js';
import {environmentOf} from '../../sim/measure/generator.js';
import {RunRecorder} from '../../sim/measure/run-recorder.js';
import type {OptionValue, RunReport} from '../../sim/measure/run-report.js';
import type {Threshold} from '../../sim/measure/threshold.js';
import {ThresholdWatch} from '../../sim/measure/threshold-watch.js';
import {listenForEnding} from '../ending.js';
import {openProgress} from '../load/progress.js';

export interface Simulation {
  readonly kind: string;
  readonly name: string | null;
  readonly plan: SimPlan;
  readonly urls: readonly string[];
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly thresholds: readonly Threshold[];
  readonly abortOnFail: boolean;
  /** Processes that share the devices. */
  readonly agents: number;
  /** Of iotctl. */
  readonly version: string;
}

const OBSERVE_MS = 500;

/** Resolves to the report also where it was interrupted. */
export async function runSimulation(simulation: Simulation): Promise<RunReport> {
  const {kind, name, plan, agents, urls, options, thresholds, abortOnFail, version} = simulation;
  const recorder = new RunRecorder({
    kind,
    name,
    target: {urls, protocolVersion: plan.protocolVersion, brokerVersion: null},
    options,
    environment: environmentOf(version),
    clients: plan.devices.length,
    plannedMs: plan.durationMs,
    thresholds,
    streamName: String,
  });
  using ending = listenForEnding();
  using progress = await openProgress();
  const watch = new ThresholdWatch(thresholds);
  let running = false;
  let missed: string | undefined;
  const run = await prepareRun({kind: 'sim', plan}, agents, phase => {
    running = phase === 'running';
    recorder.enter(phase);
  });
  ending.signal.addEventListener('abort', () => run.stop('interrupt'));
  if (ending.signal.aborted) run.stop('interrupt');
  const observing = setInterval(() => {
    const snapshot = run.snapshot();
    progress.show(recorder.observe(snapshot));
    if (!abortOnFail || !running) return;
    missed ??= watch.check(recorder.provisional(snapshot), nowMs())?.text;
    if (missed !== undefined) run.stop();
  }, OBSERVE_MS);
  try {
    await run.connect();
    run.begin();
    const last = await run.done;
    const [broken] = Object.keys(last.measurements.failures.agent ?? {});
    if (broken !== undefined) return recorder.finish(last, {state: 'failed', reason: broken});
    if (ending.signal.aborted) return recorder.finish(last, {state: 'interrupted', reason: null});
    if (missed !== undefined)
      return recorder.finish(last, {state: 'aborted', reason: `${missed} is beyond hope`});
    return recorder.finish(last, {state: 'finished', reason: null});
  } finally {
    clearInterval(observing);
  }
}
