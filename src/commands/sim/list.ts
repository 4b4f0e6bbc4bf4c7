import {IotctlCommand} from '../../cli/command.js';
import type {Columns} from '../../cli/output.js';
import {readScenario, scenarioPath, templateScenarios} from '../../sim/device/scenario-file.js';

interface ListedScenario {
  readonly scenario: string;
  readonly devices: number;
  readonly models: readonly string[];
  readonly faults: readonly string[];
  readonly description: string;
}

const COLUMNS: Columns<ListedScenario> = {
  scenario: row => row.scenario,
  devices: row => row.devices,
  models: row => row.models.join(', '),
  faults: row => row.faults.join(', '),
};

export default class SimList extends IotctlCommand {
  static override summary = 'List the scenarios that come with iotctl.';

  static override examples = ['<%= config.bin %> sim list', '<%= config.bin %> sim list -o json'];

  async run(): Promise<readonly ListedScenario[]> {
    await this.parse(SimList);
    return this.print(await Promise.all(templateScenarios().map(listed)), COLUMNS);
  }
}

async function listed(name: string): Promise<ListedScenario> {
  const {scenario, fleets} = await readScenario(scenarioPath(name));
  return {
    scenario: name,
    devices: scenario.fleets.reduce((sum, {devices}) => sum + devices, 0),
    models: [...new Set(fleets.map(({spec}) => spec.model))],
    faults: [...new Set(scenario.fleets.flatMap(({faults}) => faults.map(({fault}) => fault)))],
    description: scenario.description,
  };
}
