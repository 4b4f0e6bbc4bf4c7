import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import type {Columns} from '../../cli/output.js';
import type {AppliedModel} from '../../client/model-api.js';

const COLUMNS: Columns<AppliedModel> = {
  id: ({model}) => `${model.name}@${model.version}`,
  result: ({isNew}) => (isNew ? 'applied' : 'unchanged'),
  breaking: ({breaking}) => breaking.map(({path, why}) => `${path} ${why}`).join('; ') || null,
};

export default class ModelApply extends IotctlCommand {
  static override summary = 'Describe models: what devices of a kind measure, accept and have.';

  static override description =
    'A version is never changed: applied again it stays as it is, and other content needs the next version. A version that takes away what devices or queries rely on is refused unless that is allowed.';

  static override examples = [
    '<%= config.bin %> model apply -f thermostat.yaml',
    '<%= config.bin %> model apply -f thermostat.yaml --dry-run',
  ];

  static override flags = {
    file: Flags.string({
      char: 'f',
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      description: 'a model file, YAML or JSON; may be given several times',
    }),
    'allow-breaking': Flags.boolean({description: 'apply it even where old devices or queries do not fit'}),
    'dry-run': Flags.boolean({description: 'check everything, and change nothing'}),
  };

  async run(): Promise<readonly AppliedModel[]> {
    const {flags} = await this.parse(ModelApply);
    const {readCheckedModels} = await import('../../sim/model/checked-model.js');
    const checked = (await Promise.all(flags.file.map(file => readCheckedModels(file)))).flat();
    const {models} = await this.api();
    const applied: AppliedModel[] = [];
    try {
      for (const {spec} of checked)
        applied.push(
          await models.apply(spec, {allowBreaking: flags['allow-breaking'], dryRun: flags['dry-run']}),
        );
    } finally {
      // What was done stays done, and is said even when a later one failed.
      if (applied.length > 0) await this.print(applied, COLUMNS);
    }
    return applied;
  }
}
