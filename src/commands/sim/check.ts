import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import type {Columns} from '../../cli/output.js';
import {say} from '../../cli/stdout.js';
import {IotctlError} from '../../domain/errors.js';
import {checkScenario, scenarioPath} from '../../sim/device/scenario-file.js';
import type {ModelProblem} from '../../sim/model/checked-model.js';

const COLUMNS: Columns<ModelProblem> = {
  where: ({file, line}) => `${file}:${line}`,
  path: ({path}) => path,
  problem: ({problem}) => problem,
};

export default class SimCheck extends IotctlCommand {
  static override summary = 'Say what is wrong with a scenario: in which line, and what was expected there.';

  static override description =
    'Its models are checked too. Ends with 0 when it can be run, with 7 when not.';

  static override examples = [
    '<%= config.bin %> sim check scenario.yaml',
    '<%= config.bin %> sim check thermostat -o ndjson',
  ];

  static override args = {
    scenario: Args.string({required: true, description: 'a file, or a scenario of `sim list`'}),
  };

  async run(): Promise<readonly ModelProblem[]> {
    const {args} = await this.parse(SimCheck);
    const {problems} = await checkScenario(scenarioPath(args.scenario));
    if (problems.length === 0) {
      say(`${args.scenario} can be run`);
      return [];
    }
    await this.print(problems, COLUMNS);
    throw new IotctlError('IOT_INPUT_INVALID', `${args.scenario}: ${problems.length} problems`);
  }
}
