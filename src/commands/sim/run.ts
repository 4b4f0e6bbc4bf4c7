import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {listenForEnding} from '../../cli/ending.js';
import type {Columns} from '../../cli/output.js';
import {onTerminalErr, say} from '../../cli/stdout.js';
import {parseDurationMs} from '../../domain/duration.js';
import {IotctlError} from '../../domain/errors.js';
import {ModelledDevice} from '../../sim/device-behaviour.js';
import {type FleetProgress, runFleet} from '../../sim/fleet.js';
import type {FleetReport} from '../../sim/fleet-statistics.js';
import {loadModel} from '../../sim/model.js';
import {provision, unprovision} from '../../sim/provision.js';
import {seededRandom} from '../../sim/random.js';

const COLUMNS: Columns<FleetReport> = {
  devices: ({devices, connected}) => `${devices}, ${connected} connected`,
  sent: report => report.sent,
  acknowledged: report => report.acknowledged,
  lost: ({lost}) => ({value: lost, tone: lost === 0 ? 'good' : 'bad'}),
  repeated: report => report.repeated,
  refused: report => report.refusedConnections,
  reconnects: report => report.reconnects,
  commandsAnswered: report => report.commandsAnswered,
  duration: ({durationMs}) => `${(durationMs / 1000).toFixed(1)} s`,
  messagesPerSec: report => report.messagesPerSec,
  latencyMs: ({latencyMs: {p50, p90, p99, max}}) => `p50 ${p50}, p90 ${p90}, p99 ${p99}, max ${max}`,
};

/** Off a terminal a line of progress comes this often. */
const PROGRESS_LINE_MS = 5000;

export default class SimRun extends IotctlCommand {
  static override summary =
    'Run a fleet of simulated devices against the platform, and say what became of every message.';

  static override examples = [
    '<%= config.bin %> sim run --devices 20 --rate 5 --duration 10s',
    '<%= config.bin %> sim run --devices 1000 --rate 10 --duration 1m --output json',
  ];

  static override flags = {
    devices: Flags.integer({min: 1, max: 100_000, default: 10, description: 'how many devices'}),
    rate: Flags.string({default: '1', description: 'messages per second of each device'}),
    duration: Flags.string({default: '10s', description: 'how long they send'}),
    model: Flags.string({default: 'thermostat', description: 'what the devices are'}),
    seed: Flags.integer({default: 1, description: 'the same seed gives the same readings'}),
    prefix: Flags.string({description: 'what their ids start with [default: sim- and a random part]'}),
    keep: Flags.boolean({description: 'leave the devices in the registry afterwards'}),
    window: Flags.integer({
      min: 1,
      max: 10_000,
      default: 100,
      description: 'messages that a device has in flight at most',
    }),
    'connect-rate': Flags.integer({
      min: 1,
      max: 100_000,
      default: 1000,
      description: 'connections opened per second',
    }),
  };

  async run(): Promise<FleetReport> {
    const {flags} = await this.parse(SimRun);
    const ratePerSec = positive('--rate', Number(flags.rate));
    const durationMs = parseDurationMs(flags.duration);
    const model = await loadModel(flags.model);
    const random = seededRandom(flags.seed);
    const api = await this.api();
    const {hostname, port} = await brokerOf((await this.context()).mqttUrl);
    const prefix = flags.prefix ?? `sim-${Math.floor(Math.random() * 2 ** 32).toString(36)}-`;
    const {logins, ids} = await provision(api, {count: flags.devices, prefix, model: model.spec.model});
    using ending = listenForEnding();
    try {
      const report = await runFleet({
        host: hostname,
        port,
        devices: logins,
        topicOf: () => 'me/telemetry',
        behaviourOf: index => new ModelledDevice(model, flags.seed, index),
        ratePerSec,
        durationMs,
        window: flags.window,
        connectionsPerSec: flags['connect-rate'],
        listens: true,
        resend: true,
        random,
        signal: ending.signal,
        onProgress: progressLine(flags.devices),
      });
      await this.printOne(report, COLUMNS);
      judge(report);
      if (ending.interrupted()) process.exitCode = 130;
      return report;
    } finally {
      if (!flags.keep) await unprovision(api, ids);
    }
  }
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new IotctlError('IOT_USAGE', `${name} is not a number above 0`);
}

async function brokerOf(url: string | undefined): Promise<{hostname: string; port: number}> {
  if (url === undefined) throw new IotctlError('IOT_CONTEXT_MISSING', 'the context names no MQTT address');
  const {hostname, port} = new URL(url);
  return {hostname: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 1883)};
}

/** A fleet that could not connect, or lost something, is a failure that a script can see. */
function judge({devices, connected, refusedConnections, lost}: FleetReport): void {
  if (connected === 0) {
    const why = refusedConnections > 0 ? 'every connection was refused' : 'no device could connect';
    throw new IotctlError(refusedConnections > 0 ? 'IOT_MQTT_REFUSED' : 'IOT_BROKER_UNREACHABLE', why);
  }
  if (connected < devices || lost > 0) {
    throw new IotctlError(
      'IOT_THRESHOLD_MISSED',
      `${devices - connected} devices did not connect, ${lost} messages were lost`,
    );
  }
}

function progressLine(devices: number): (progress: FleetProgress) => void {
  let lastMs = 0;
  return ({connected, sent, acknowledged, elapsedMs}) => {
    const line = `${(elapsedMs / 1000).toFixed(0)} s  ${connected}/${devices} connected  ${sent} sent  ${acknowledged} acknowledged`;
    if (onTerminalErr()) process.stderr.write(`\r\u001b[2K${line}`);
    else if (elapsedMs - lastMs >= PROGRESS_LINE_MS) {
      lastMs = elapsedMs;
      say(line);
    }
  };
}
