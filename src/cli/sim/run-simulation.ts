/** Runs a planned simulation and shows how it goes. */
import type {SimPlan} from '../../sim/device/sim-plan.js';
import {runWhole} from '../../sim/load/run-load.js';
import {environmentOf} from '../../sim/measure/generator.js';
import {RunRecorder} from '../../sim/measure/run-recorder.js';
import type {OptionValue, RunReport} from '../../sim/measure/run-report.js';
import type {RunSnapshot} from '../../sim/measure/run-snapshot.js';
import type {Threshold} from '../../sim/measure/threshold.js';
import {listenForEnding} from '../ending.js';
import {openProgress} from '../load/progress.js';
import type {Listening} from '../load/report-flags.js';
import {say} from '../stdout.js';

export interface Simulation {
  readonly kind: string;
  readonly name: string | null;
  readonly plan: SimPlan;
  /** Processes that share the devices. */
  readonly agents: number;
  readonly urls: readonly string[];
  readonly brokerVersion: string | null;
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly thresholds: readonly Threshold[];
  readonly abortOnFail: boolean;
  readonly prometheus: Listening | undefined;
  /** Of iotctl. */
  readonly version: string;
}

/** Resolves to the report also where it was interrupted. */
export async function runSimulation(simulation: Simulation): Promise<RunReport> {
  const {plan, agents, abortOnFail, prometheus} = simulation;
  const recorder = recorderOf(simulation);
  let latest: RunSnapshot | undefined;
  await using _metrics = await metricsAt(prometheus, () => latest && recorder.provisional(latest));
  using ending = listenForEnding();
  using progress = await openProgress();
  return await runWhole({kind: 'sim', plan}, agents, {
    recorder,
    abortOnFail,
    signal: ending.signal,
    onView: view => progress.show(view),
    onSnapshot: snapshot => {
      latest = snapshot;
    },
  });
}

const recorderOf = ({
  kind,
  name,
  plan,
  urls,
  brokerVersion,
  options,
  thresholds,
  version,
}: Simulation): RunRecorder =>
  new RunRecorder({
    kind,
    name,
    target: {urls, protocolVersion: plan.protocolVersion, brokerVersion},
    options,
    environment: environmentOf(version),
    clients: plan.devices.length,
    plannedMs: plan.durationMs,
    thresholds,
    streamName: String,
  });

async function metricsAt(where: Listening | undefined, report: () => RunReport | undefined) {
  if (where === undefined) return undefined;
  const {MetricsEndpoint} = await import('../../sim/measure/metrics-endpoint.js');
  const endpoint = await MetricsEndpoint.listen(where, report);
  say(`metrics at ${endpoint.url}`);
  return endpoint;
}
