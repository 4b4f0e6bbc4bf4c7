import {readFile} from 'node:fs/promises';
import {IotctlCommand} from '../../cli/command.js';
import {writeOut} from '../../cli/stdout.js';
import {packageFile} from '../../domain/package-files.js';

const FILE = packageFile('templates/schemas/model.schema.json');

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
