import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {CONFIGURATION_DETAILS} from '../../cli/configuration-columns.js';
import type {Configuration} from '../../domain/configuration.js';

export default class ConfigStop extends IotctlCommand {
  static override summary = 'Bring a configuration to no further device; those that have it keep it.';

  static override examples = [`<%= config.bin %> config stop fast --reason 'lamps flicker'`];

  static override args = {
    name: Args.string({required: true, description: 'the name of the configuration'}),
  };

  static override flags = {
    reason: Flags.string({description: 'why; kept, and shown with it [default: none]'}),
  };

  async run(): Promise<Configuration> {
    const {args, flags} = await this.parse(ConfigStop);
    const {configurations} = await this.api();
    return this.printOne(await configurations.stop(args.name, {reason: flags.reason}), CONFIGURATION_DETAILS);
  }
}
