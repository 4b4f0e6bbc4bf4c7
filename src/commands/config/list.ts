import {IotctlCommand} from '../../cli/command.js';
import {CONFIGURATION_COLUMNS} from '../../cli/configuration-columns.js';
import type {Configuration} from '../../domain/configuration.js';

export default class ConfigList extends IotctlCommand {
  static override summary = 'List the configurations, and what became of each at its devices.';

  static override examples = ['<%= config.bin %> config list'];

  async run(): Promise<readonly Configuration[]> {
    await this.parse(ConfigList);
    return this.print((await (await this.api()).configurations.list()).items, CONFIGURATION_COLUMNS);
  }
}
