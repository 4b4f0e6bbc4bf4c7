import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {CONFIGURATION_DETAILS} from '../../cli/configuration-columns.js';
import type {Configuration} from '../../domain/configuration.js';

export default class ConfigResume extends IotctlCommand {
  static override summary =
    'Go on with a configuration that was stopped: rejections up to now do not stop it again.';

  static override examples = [
    '<%= config.bin %> config resume fast',
    '<%= config.bin %> config resume fast --skip-pending',
  ];

  static override args = {
    name: Args.string({required: true, description: 'the name of the configuration'}),
  };

  static override flags = {
    'skip-pending': Flags.boolean({
      description: 'begin the next stage now, though devices of the present one have not answered',
    }),
  };

  async run(): Promise<Configuration> {
    const {args, flags} = await this.parse(ConfigResume);
    const {configurations} = await this.api();
    const resumed = await configurations.resume(args.name, {skipPending: flags['skip-pending']});
    return this.printOne(resumed, CONFIGURATION_DETAILS);
  }
}
