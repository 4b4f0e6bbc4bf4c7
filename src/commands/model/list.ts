import {IotctlCommand} from '../../cli/command.js';
import {MODEL_COLUMNS} from '../../cli/model-columns.js';
import type {Model} from '../../domain/model.js';

export default class ModelList extends IotctlCommand {
  static override summary = 'List the models that are described, each version of them.';

  static override examples = ['<%= config.bin %> model list'];

  async run(): Promise<readonly Model[]> {
    await this.parse(ModelList);
    return this.print((await (await this.api()).models.list()).items, MODEL_COLUMNS);
  }
}
