import * as Args from '@oclif/core/args';
import {IotctlCommand, outputFlag} from '../../cli/command.js';
import {MODEL_COLUMNS} from '../../cli/model-columns.js';
import {type Columns, FORMATS} from '../../cli/output.js';
import {writeOut} from '../../cli/stdout.js';
import type {ModelFault} from '../../client/model-api.js';
import type {Model} from '../../domain/model.js';

type ShownModel = Model & {readonly faults: readonly ModelFault[]};

const DETAILS: Columns<ShownModel> = {
  ...MODEL_COLUMNS,
  expectedIntervalMs: model => model.expectedIntervalMs,
  faults: model => model.faults.map(({fault, count}) => `${fault} ${count}×`).join(', ') || null,
};

export default class ModelShow extends IotctlCommand {
  static override summary =
    'Show a model, the newest version or the one that is named, and how often devices broke it.';

  static override examples = [
    '<%= config.bin %> model show thermostat',
    '<%= config.bin %> model show thermostat@1 --output yaml',
  ];

  static override args = {
    model: Args.string({required: true, description: 'the name of the model, or name@version'}),
  };

  static override flags = {output: outputFlag([...FORMATS, 'yaml'])};

  async run(): Promise<ShownModel> {
    const {args} = await this.parse(ModelShow);
    const model = await (await this.api()).models.get(args.model);
    if (this.format !== 'yaml') return this.printOne(model, DETAILS);
    const {writeYaml} = await import('../../client/yaml-text.js');
    await writeOut(writeYaml(model.spec));
    return model;
  }
}
