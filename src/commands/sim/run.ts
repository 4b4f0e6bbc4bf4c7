import type {Interfaces} from '@oclif/core';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {publishingTo} from '../../cli/publish-access.js';
import {judge, REPORT_COLUMNS, runSimulation} from '../../cli/sim/run-simulation.js';
import {simTime} from '../../cli/sim/sim-clock.js';
import {withDevices} from '../../cli/sim/sim-devices.js';
import {SIM_DEVICE_FLAGS, SIM_LOAD_FLAGS, SIM_TIME_FLAGS, SIM_WHERE_FLAGS} from '../../cli/sim/sim-flags.js';
import {simWhere} from '../../cli/sim/sim-where.js';
import {namedDevices, overridden, singleScenario} from '../../sim/device/planned-fleets.js';
import {readScenario, scenarioPath} from '../../sim/device/scenario-file.js';
import type {RunReport} from '../../sim/measure/run-report.js';

type SimRunFlags = Interfaces.InferredFlags<typeof SimRun.flags>;

const DEVICES = 10;
const MODEL = 'thermostat';
const KEEP_ALIVE_SEC = 60;

export default class SimRun extends IotctlCommand {
  static override summary =
    'Run simulated devices against the platform or any MQTT broker, and say what became of every message.';

  static override description =
    'A scenario says which devices there are, how they behave and what goes wrong (docs/simulating.md); without one, they are all of one model. Against a platform each device is created for the run, with a credential of its own, and removed after it.';

  static override examples = [
    '<%= config.bin %> sim run --devices 20 --rate 100 --duration 10s',
    '<%= config.bin %> sim run --model thermostat --devices 5 --from 1h --until now',
    '<%= config.bin %> sim run --url mqtt://127.0.0.1:1883 --devices 100 --interval 1s --output json',
  ];

  static override args = {
    scenario: Args.string({description: 'a scenario of `sim list`, or a file'}),
  };

  static override flags = {
    model: Flags.string({
      description: `what the devices are, without a scenario: a template or a file [default: ${MODEL}]`,
    }),
    ...SIM_LOAD_FLAGS,
    ...SIM_DEVICE_FLAGS,
    ...SIM_TIME_FLAGS,
    ...SIM_WHERE_FLAGS,
  };

  async run(): Promise<RunReport> {
    const {args, flags} = await this.parse(SimRun);
    const {scenario, fleets} = await this.#fleets(args.scenario, flags);
    const seed = flags.seed ?? scenario.seed;
    const time = simTime(flags, scenario.durationMs, Date.now());
    const context = flags.url === undefined ? await this.brokerContext() : undefined;
    const where = simWhere(flags, context, () => this.api());
    const prefix = flags.prefix ?? `sim-${Math.floor(Math.random() * 2 ** 32).toString(36)}-`;
    const named = namedDevices(fleets, {prefix, start: flags.start});
    const simulate = () =>
      withDevices(named, {where, keep: flags.keep}, devices =>
        runSimulation({
          kind: 'sim run',
          name: scenario.name,
          urls: where.urls,
          options: {devices: named.length, seed, durationMs: time.durationMs, lifeMs: time.lifeMs},
          thresholds: scenario.thresholds,
          version: this.config.version,
          plan: {
            ...time,
            seed,
            brokers: where.brokers,
            protocolVersion: where.protocolVersion,
            keepAliveSec: KEEP_ALIVE_SEC,
            window: flags.inflight,
            connectionsPerSec: flags['connect-rate'],
            topicPrefix: where.topicPrefix,
            platform: where.api !== undefined,
            fleets,
            devices,
            truthPath: flags.truth ?? null,
          },
        }),
      );
    const report =
      where.api || context === undefined
        ? await simulate()
        : await publishingTo(where.topicPrefix, context, this.typed(context), simulate);
    await this.printOne(report, REPORT_COLUMNS);
    judge(report);
    return report;
  }

  /** Those of the scenario, or of one model alone, with what the flags say instead. */
  async #fleets(name: string | undefined, flags: SimRunFlags) {
    const {devices, rate: ratePerSec, interval: intervalMs, jitter, qos} = flags;
    const {scenario, fleets} =
      name === undefined
        ? await singleScenario(flags.model ?? MODEL, devices ?? DEVICES)
        : await readScenario(scenarioPath(name));
    const changed = overridden(scenario.fleets, {
      devices,
      ratePerSec,
      intervalMs,
      jitter: jitter === undefined ? undefined : jitter / 100,
      qos: qos === undefined ? undefined : (Number(qos) as 0 | 1 | 2),
    });
    return {scenario, fleets: changed.map((fleet, index) => ({fleet, spec: fleets[index]!.spec}))};
  }
}
