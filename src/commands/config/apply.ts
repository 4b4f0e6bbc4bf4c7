import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {CONFIGURATION_DETAILS} from '../../cli/configuration-columns.js';
import {parseShare} from '../../cli/share-input.js';
import {say} from '../../cli/stdout.js';
import {twinInput} from '../../cli/twin-input.js';
import type {AppliedConfiguration} from '../../client/configuration-api.js';
import {parseStages} from '../../domain/configuration.js';
import {IotctlError} from '../../domain/errors.js';

export default class ConfigApply extends IotctlCommand {
  static override summary =
    'Lay a merge patch over what is desired of every device that a selector chooses, now and later.';

  static override description =
    'Several may be laid on one device: where two set the same property, the one with the higher priority has it, of two with the same priority the newer one. A device that the selector does not choose any more, or whose configuration is deleted, gets back what it had before. With --canary it goes by stages: the next one begins when every device of the present one has applied it, and none does when devices reject it.';

  static override examples = [
    '<%= config.bin %> config apply fast --selector site=oslo --priority 10 interval=5',
    '<%= config.bin %> config apply fast --selector site=oslo -f patch.json --canary 1%,10%,100% --max-rejected 5%',
    '<%= config.bin %> config apply base --all interval=60 --dry-run',
  ];

  static override strict = false;

  static override args = {
    name: Args.string({
      required: true,
      description: 'the name of the configuration; then path=value, or JSON',
    }),
  };

  static override flags = {
    selector: Flags.string({
      description: "the devices with these labels, such as 'site=oslo,model=lamp' [default: none]",
    }),
    all: Flags.boolean({description: 'every device of the tenant'}),
    priority: Flags.integer({
      default: 0,
      description: 'a configuration with a higher one goes over this one',
    }),
    file: Flags.string({char: 'f', description: 'a JSON file with the patch, - for stdin [default: none]'}),
    canary: Flags.string({
      helpValue: '1%,10%,100%',
      description: 'the share of the devices that has it after each stage [default: 100% at once]',
    }),
    'max-rejected': Flags.string({
      helpValue: 'N%',
      description: 'stop when more of those that have it reject it [default: 0% with --canary, else never]',
    }),
    'dry-run': Flags.boolean({description: 'say how many devices it would be about, and change nothing'}),
  };

  async run(): Promise<AppliedConfiguration> {
    const {argv, flags} = await this.parse(ConfigApply);
    const [name = '', ...words] = argv as string[];
    const {ids, document} = await twinInput(words, {file: flags.file, tags: false});
    if (ids.length > 0) throw new IotctlError('IOT_USAGE', `neither path=value nor JSON: ${ids[0]}`);
    if ((flags.selector === undefined) !== (flags.all === true))
      throw new IotctlError('IOT_USAGE', 'for which devices? Give either --selector or --all');
    const maximum = flags['max-rejected'];
    const wanted = {
      selector: flags.selector ?? null,
      priority: flags.priority,
      patch: document,
      ...(flags.canary === undefined ? {} : {stages: parseStages(flags.canary)}),
      ...(maximum === undefined ? {} : {rejectedPercentMax: parseShare(maximum)}),
    };
    const {configurations} = await this.api();
    const applied = await configurations.apply(name, wanted, {dryRun: flags['dry-run']});
    if (!applied.isChanged) say(`${name} is there already, just so`);
    await this.printOne(applied.configuration, CONFIGURATION_DETAILS);
    return applied;
  }
}
