import type {Interfaces} from '@oclif/core';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {reportFlags} from '../../cli/load/report-flags.js';
import {optionsOf} from '../../cli/load/run-options.js';
import {simTime} from '../../cli/sim/sim-clock.js';
import {SimCommand} from '../../cli/sim/sim-command.js';
import {SIM_DEVICE_FLAGS, SIM_LOAD_FLAGS, SIM_TIME_FLAGS, SIM_WHERE_FLAGS} from '../../cli/sim/sim-flags.js';
import {streamsIn} from '../../sim/device/fleet-rate.js';
import {overridden, singleScenario} from '../../sim/device/planned-fleets.js';
import {readScenario, scenarioPath} from '../../sim/device/scenario-file.js';
import type {RunReport} from '../../sim/measure/run-report.js';

type SimRunFlags = Interfaces.InferredFlags<typeof SimRun.flags>;

const DEVICES = 10;
const MODEL = 'thermostat';

export default class SimRun extends SimCommand {
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
    ...reportFlags,
  };

  async run(): Promise<RunReport> {
    const {args, flags} = await this.parse(SimRun);
    const {scenario, fleets} = await this.#fleets(args.scenario, flags);
    const {stage: stages, rate: startPerSec = 0} = flags;
    const stagesMs = stages?.reduce((sum, {durationMs}) => sum + durationMs, 0);
    return await this.simulate(
      {
        kind: 'sim run',
        name: scenario.name,
        fleets,
        seed: flags.seed ?? scenario.seed,
        time: simTime({...flags, duration: stagesMs ?? flags.duration}, scenario.durationMs, Date.now()),
        rate: stages === undefined ? null : {startPerSec, stages, streams: streamsIn(fleets)},
        load: optionsOf(loadOf(flags)),
        thresholds: scenario.thresholds,
      },
      flags,
    );
  }

  /** Those of the scenario, or of one model alone, with what the flags say instead. */
  async #fleets(name: string | undefined, flags: SimRunFlags) {
    const {devices, interval: intervalMs, jitter, qos} = flags;
    const {scenario, fleets} =
      name === undefined
        ? await singleScenario(flags.model ?? MODEL, devices ?? DEVICES)
        : await readScenario(scenarioPath(name));
    const changed = overridden(fleets, {
      devices,
      // With stages it is only the rate that they begin with.
      ratePerSec: flags.stage === undefined ? flags.rate : undefined,
      intervalMs,
      jitter: jitter === undefined ? undefined : jitter / 100,
      qos: qos === undefined ? undefined : (Number(qos) as 0 | 1 | 2),
    });
    return {scenario, fleets: changed};
  }
}

/** What changes the load of the same scenario. */
const loadOf = ({rate, interval, stage, jitter, qos}: SimRunFlags) => ({rate, interval, stage, jitter, qos});
