import {readFile} from 'node:fs/promises';
import {IotctlCommand} from '../../cli/command.js';
import {writeOut} from '../../cli/stdout.js';

const FILE = new URL('../../../templates/schemas/model.schema.json', import.meta.url);

export default class ModelSchema extends IotctlCommand {
  static override summary = 'Print the JSON Schema of model files, for editors that complete and check them.';

  static override description =
    'Keep it beside the models and name it in their first line: # yaml-language-server: $schema=model.schema.json';

  static override examples = ['<%= config.bin %> model schema > model.schema.json'];

  async run(): Promise<unknown> {
    await this.parse(ModelSchema);
    const text = await readFile(FILE, 'utf8');
    await writeOut(text);
    return JSON.parse(text) as unknown;
  }
}
