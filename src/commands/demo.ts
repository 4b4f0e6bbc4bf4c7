import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {IotctlCommand} from '../cli/command.js';
import type {Columns} from '../cli/output.js';
import {say} from '../cli/stdout.js';
import {ApiClient} from '../client/api-client.js';
import type {Command} from '../domain/command.js';
import {IotctlError} from '../domain/errors.js';
import {DEFAULT_RETENTION} from '../platform/options.js';
import {Platform} from '../platform/platform.js';
import {readFleetModel} from '../sim/device/fleet-model.js';
import {namedDevices, singleFleet} from '../sim/device/planned-fleets.js';
import {provision} from '../sim/device/provision.js';
import type {PlannedDevice, SimPlan} from '../sim/device/sim-plan.js';
import {SimRun} from '../sim/device/sim-run.js';
import {LatencyHistogram} from '../sim/measure/histogram.js';
import {parseBrokerTarget} from '../sim/wire/broker-target.js';

interface DemoResult {
  readonly upMs: number;
  readonly devices: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly stored: number;
  readonly averageTemperature: number;
  readonly command: string;
  readonly storedAfterRestart: number;
}

const COLUMNS: Columns<DemoResult> = {
  platformUp: ({upMs}) => `${upMs} ms`,
  devices: result => result.devices,
  sent: result => result.sent,
  acknowledged: result => result.acknowledged,
  stored: ({stored, acknowledged}) => ({value: stored, tone: stored === acknowledged ? 'good' : 'bad'}),
  averageTemperature: ({averageTemperature}) => `${averageTemperature.toFixed(2)} °C`,
  command: result => result.command,
  storedAfterRestart: ({storedAfterRestart, stored}) => ({
    value: storedAfterRestart,
    tone: storedAfterRestart === stored ? 'good' : 'bad',
  }),
};

const DEVICES = 20;
const RATE_PER_SEC = 10;
const DURATION_MS = 6000;
const COMMAND_WAIT_MS = 5000;

export default class Demo extends IotctlCommand {
  static override summary =
    'Show the main job from start to end, on a platform of its own that is gone afterwards.';

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> -o json',
  ];

  async run(): Promise<DemoResult> {
    await this.parse(Demo);
    const folder = await mkdtemp(join(tmpdir(), 'iotctl-demo-'));
    try {
      return await this.printOne(await this.#show(folder), COLUMNS);
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
  }

  async #show(folder: string): Promise<DemoResult> {
    const first = await this.#start(folder);
    say(`1. A platform is up in ${first.upMs} ms: ${first.mqttUrl} and ${first.apiUrl}`);
    try {
      const plan = await this.#plan(first);
      say(`2. ${DEVICES} devices are in the registry, each with a secret of its own`);
      const {sent, acknowledged, command} = await this.#exercise(first, plan);
      const told = await askUntil(first.api, acknowledged);
      say(`6. SQL says: ${told.count} readings of temperature, ${told.average.toFixed(2)} °C on average`);
      await first.api.lives.step('retire', 'demo-1');
      say('7. demo-1 is retired: its credentials stopped working, its history stays');
      await first.platform.stop();
      const again = await this.#start(folder);
      const after = await askUntil(again.api, acknowledged);
      await again.platform.stop();
      say(
        `8. Stopped and started again in ${again.upMs} ms: ${after.count} readings, none lost, none twice\n`,
      );
      return {
        upMs: first.upMs,
        devices: DEVICES,
        sent,
        acknowledged,
        stored: told.count,
        averageTemperature: told.average,
        command: `${command.name} ${command.state}`,
        storedAfterRestart: after.count,
      };
    } finally {
      await first.platform.stop();
    }
  }

  /** Thermostats of the platform's registry. */
  async #plan({api, mqttUrl}: Started): Promise<SimPlan> {
    const spec = await readFleetModel('thermostat', '.');
    const fleet = {...singleFleet('thermostat', DEVICES), intervalMs: 1000 / RATE_PER_SEC};
    const fleets = [{fleet, spec}];
    const named = namedDevices(fleets, {prefix: 'demo-', start: 1});
    const logins = await provision(api, named, () => undefined);
    return {
      seed: 1,
      clock: {startMs: null, pastMs: 0, fillsPast: false, acceleration: 1},
      durationMs: DURATION_MS,
      lifeMs: null,
      rate: null,
      brokers: [{target: parseBrokerTarget(mqttUrl)}],
      protocolVersion: 4,
      keepAliveSec: 60,
      window: 100,
      agents: 1,
      connectionsPerSec: 1000,
      topicPrefix: 'me/',
      platform: true,
      fleets,
      devices: named.map(
        ({number}, index): PlannedDevice => ({...logins[index]!, number, fleet: 0, broker: 0}),
      ),
      truthPath: null,
    };
  }

  /** While the fleet sends, a command goes out to one of it and its answer comes back. */
  async #exercise({api}: Started, plan: SimPlan): Promise<Exercise> {
    say(
      `3. They connect, and each sends ${RATE_PER_SEC} messages a second for ${DURATION_MS / 1000} s at QoS 1`,
    );
    const running = new SimRun(plan).run();
    const command = await api.sendCommand('demo-1', {
      name: 'setTarget',
      data: {celsius: 19},
      waitMs: COMMAND_WAIT_MS,
    });
    say(`4. A command to demo-1: ${command.transitions.map(({state}) => state).join(' → ')}`);
    if (command.state !== 'succeeded')
      throw new IotctlError('IOT_COMMAND_FAILED', `the command is ${command.state}`);
    const {measurements} = await running;
    const {sent, acknowledged} = measurements.counters;
    const p99Ms = LatencyHistogram.decode(measurements.latencies.puback!.schedule).percentile(99);
    say(`5. ${sent} sent, ${acknowledged} acknowledged (each on disk before), p99 ${p99Ms} ms`);
    return {sent, acknowledged, command};
  }

  async #start(folder: string): Promise<Started> {
    const startedMs = performance.now();
    const {platform, address} = await Platform.start({
      dataFolder: folder,
      host: '127.0.0.1',
      ports: {mqtt: 0, ws: 0, api: 0},
      retention: DEFAULT_RETENTION,
      version: this.config.version,
      print: undefined,
    });
    const upMs = Math.round(performance.now() - startedMs);
    const {apiUrl, mqttUrl, adminToken = ''} = address;
    return {platform, upMs, apiUrl, mqttUrl, api: new ApiClient({url: apiUrl, token: adminToken})};
  }
}

interface Exercise {
  readonly sent: number;
  readonly acknowledged: number;
  readonly command: Command;
}

interface Started {
  readonly platform: Platform;
  readonly upMs: number;
  readonly apiUrl: string;
  readonly mqttUrl: string;
  readonly api: ApiClient;
}

const STORED_MS_MAX = 10_000;

/** What is acknowledged is visible within a second; waits for that. */
async function askUntil(api: ApiClient, wanted: number): Promise<{count: number; average: number}> {
  const endMs = performance.now() + STORED_MS_MAX;
  for (;;) {
    const {rows} = await api.query({
      sql: "SELECT count(*), avg(value) FROM readings WHERE metric = 'temperature'",
    });
    const [count, average] = rows[0] as [number, number];
    if (count >= wanted || performance.now() > endMs) return {count, average};
  }
}
