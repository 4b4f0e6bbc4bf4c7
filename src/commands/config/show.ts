import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {CONFIGURATION_DETAILS} from '../../cli/configuration-columns.js';
import type {Configuration} from '../../domain/configuration.js';

export default class ConfigShow extends IotctlCommand {
  static override summary =
    'Show a configuration: its patch, its stage, and what became of it at its devices.';

  static override examples = ['<%= config.bin %> config show fast'];

  static override args = {
    name: Args.string({required: true, description: 'the name of the configuration'}),
  };

  async run(): Promise<Configuration> {
    const {args} = await this.parse(ConfigShow);
    return this.printOne(await (await this.api()).configurations.get(args.name), CONFIGURATION_DETAILS);
  }
}
