import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {CONFIGURATION_DETAILS} from '../../cli/configuration-columns.js';
import {confirm} from '../../cli/confirm.js';
import type {Configuration} from '../../domain/configuration.js';

export default class ConfigDelete extends IotctlCommand {
  static override destructive = true;

  static override summary =
    'Take a configuration away from its devices: they get back what was desired before; then it is gone.';

  static override examples = ['<%= config.bin %> config delete fast --yes'];

  static override args = {
    name: Args.string({required: true, description: 'the name of the configuration'}),
  };

  static override flags = {yes: Flags.boolean({char: 'y', description: 'do not ask'})};

  async run(): Promise<Configuration> {
    const {args, flags} = await this.parse(ConfigDelete);
    const {configurations} = await this.api();
    if (!flags.yes) {
      const {counts} = await configurations.get(args.name);
      await confirm(`Take configuration ${args.name} away from ${counts.targeted} devices?`);
    }
    return this.printOne(await configurations.delete(args.name), CONFIGURATION_DETAILS);
  }
}
