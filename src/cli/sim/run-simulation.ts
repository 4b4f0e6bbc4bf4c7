/** Runs a planned simulation, shows how it goes, and says what became of it. */
import {IotctlError} from '../../domain/errors.js';
import type {SimPlan} from '../../sim/device/sim-plan.js';
import {SimRun} from '../../sim/device/sim-run.js';
import {environmentOf} from '../../sim/measure/generator.js';
import {RunRecorder} from '../../sim/measure/run-recorder.js';
import type {OptionValue, RunReport} from '../../sim/measure/run-report.js';
import {parseThreshold} from '../../sim/measure/threshold.js';
import {listenForEnding} from '../ending.js';
import {openProgress} from '../load/progress.js';
import type {Columns} from '../output.js';

export const REPORT_COLUMNS: Columns<RunReport> = {
  devices: ({clients}) => `${clients.wanted}, ${clients.connected} connected`,
  sent: ({counters}) => counters.sent.total,
  acknowledged: ({counters}) => counters.acknowledged.total,
  lost: ({counters}) => ({
    value: counters.unacknowledged.total,
    tone: counters.unacknowledged.total === 0 ? 'good' : 'bad',
  }),
  repeated: ({counters}) => counters.repeated.total,
  failures: ({failures}) =>
    failures.byReason.map(({kind, reason, count}) => `${count} ${kind}: ${reason}`).join(', ') || 0,
  reconnects: ({counters}) => counters.reconnects.total,
  commandsAnswered: ({counters}) => counters.commandsAnswered.total,
  duration: ({durationMs}) => `${(durationMs / 1000).toFixed(1)} s`,
  messagesPerSec: ({counters}) => counters.acknowledged.ratePerSec,
  latencyMs: ({latency}) => {
    const {puback} = latency;
    return puback ? `p50 ${puback.p50}, p90 ${puback.p90}, p99 ${puback.p99}, max ${puback.max}` : '';
  },
};

export interface Simulation {
  readonly kind: string;
  readonly name: string | null;
  readonly plan: SimPlan;
  readonly urls: readonly string[];
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly thresholds: readonly string[];
  /** Of iotctl. */
  readonly version: string;
}

const OBSERVE_MS = 500;

/** Resolves to the report also where it was interrupted; the exit code says that. */
export async function runSimulation(simulation: Simulation): Promise<RunReport> {
  const {kind, name, plan, urls, options, thresholds, version} = simulation;
  const recorder = new RunRecorder({
    kind,
    name,
    target: {urls, protocolVersion: plan.protocolVersion, brokerVersion: null},
    options,
    environment: environmentOf(version),
    clients: plan.devices.length,
    plannedMs: plan.durationMs,
    thresholds: thresholds.map(parseThreshold),
    streamName: String,
  });
  using ending = listenForEnding();
  const run = new SimRun(plan, phase => recorder.enter(phase));
  ending.signal.addEventListener('abort', () => run.stop());
  using progress = await openProgress();
  const observing = setInterval(() => progress.show(recorder.observe(run.snapshot())), OBSERVE_MS);
  try {
    const last = await run.run();
    const state = ending.interrupted() ? 'interrupted' : 'finished';
    if (ending.interrupted()) process.exitCode = 130;
    return recorder.finish(last, {state, reason: null});
  } finally {
    clearInterval(observing);
  }
}

/** A run that could not connect, or lost something, is a failure that a script can see. */
export function judge({clients, failures, verdict}: RunReport): void {
  if (clients.connected === 0) {
    const refused = failures.byReason.some(
      ({reason}) => /^[a-z-]+$/.test(reason) && reason !== 'connect-timeout',
    );
    const why = failures.byReason.map(({reason}) => reason).join(', ') || 'it was stopped before';
    throw new IotctlError(
      refused ? 'IOT_MQTT_REFUSED' : 'IOT_BROKER_UNREACHABLE',
      `no device could connect: ${why}`,
    );
  }
  if (!verdict.ok) throw new IotctlError('IOT_THRESHOLD_MISSED', verdict.problems.join('; '));
}
