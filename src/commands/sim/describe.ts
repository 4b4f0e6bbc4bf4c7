import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import type {Columns} from '../../cli/output.js';
import {readScenario, scenarioPath} from '../../sim/device/scenario-file.js';
import {behaviourWords, durationText, faultWords} from '../../sim/device/scenario-words.js';

interface DescribedScenario {
  readonly scenario: string;
  readonly description: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly fleets: readonly {
    readonly name: string;
    readonly devices: number;
    readonly model: string;
    readonly behaviour: readonly string[];
    readonly faults: readonly string[];
  }[];
  readonly thresholds: readonly string[];
}

const COLUMNS: Columns<DescribedScenario> = {
  scenario: row => row.scenario,
  description: row => row.description,
  seed: row => row.seed,
  duration: row => durationText(row.durationMs),
  fleets: ({fleets}) =>
    fleets.map(({name, devices, model}) => `${name}: ${devices} of model ${model}`).join('; '),
  behaviour: ({fleets}) => linesOf(fleets, 'behaviour'),
  faults: ({fleets}) => linesOf(fleets, 'faults'),
  thresholds: row => row.thresholds.join('; '),
};

const linesOf = (fleets: DescribedScenario['fleets'], what: 'behaviour' | 'faults'): string =>
  fleets
    .flatMap(fleet => fleet[what].map(words => (fleets.length > 1 ? `${fleet.name}: ${words}` : words)))
    .join('; ');

export default class SimDescribe extends IotctlCommand {
  static override summary = 'Say what a scenario does: its devices, how they behave, and what goes wrong.';

  static override examples = [
    '<%= config.bin %> sim describe thermostat',
    '<%= config.bin %> sim describe thermostat --output json',
  ];

  static override args = {
    scenario: Args.string({required: true, description: 'a scenario of `sim list`, or a file'}),
  };

  async run(): Promise<DescribedScenario> {
    const {args} = await this.parse(SimDescribe);
    const {scenario, fleets} = await readScenario(scenarioPath(args.scenario));
    const {name, description, seed, durationMs, thresholds} = scenario;
    const described = fleets.map(modelled => ({
      name: modelled.fleet.name,
      devices: modelled.fleet.devices,
      model: modelled.spec.model,
      behaviour: behaviourWords(modelled),
      faults: modelled.fleet.faults.map(faultWords),
    }));
    return this.printOne(
      {scenario: name, description, seed, durationMs, fleets: described, thresholds},
      COLUMNS,
    );
  }
}
