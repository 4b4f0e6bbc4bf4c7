import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import type {Columns} from '../../cli/output.js';
import {say} from '../../cli/stdout.js';
import {IotctlError} from '../../domain/errors.js';
import type {Incompatibility} from '../../domain/model-compatibility.js';

const COLUMNS: Columns<Incompatibility> = {
  path: ({path}) => path,
  why: ({why}) => why,
};

export default class ModelCheck extends IotctlCommand {
  static override summary = 'Say whether a new version of a model fits with an old one, and why not.';

  static override description =
    'Each is a file, or a model that is there: name or name@version. Ends with 0 when old devices and queries go on working, with 9 when not.';

  static override examples = [
    '<%= config.bin %> model check thermostat thermostat-3.yaml',
    '<%= config.bin %> model check thermostat@1 thermostat@2',
  ];

  static override args = {
    older: Args.string({required: true, description: 'a file, or a model that is there'}),
    newer: Args.string({required: true, description: 'a file, or a model that is there'}),
  };

  async run(): Promise<readonly Incompatibility[]> {
    const {args} = await this.parse(ModelCheck);
    const [older, newer] = [await sideOf(args.older), await sideOf(args.newer)];
    const {incompatibilities} = await (await this.api()).models.check(older, newer);
    if (incompatibilities.length === 0) {
      say(`${args.newer} fits with ${args.older}`);
      return [];
    }
    await this.print(incompatibilities, COLUMNS);
    throw new IotctlError(
      'IOT_CHECK_FAILED',
      `${args.newer} does not fit with ${args.older}: ${incompatibilities.length} differences matter`,
    );
  }
}

/** A file looks like one: it has an extension or a folder. */
async function sideOf(text: string): Promise<unknown> {
  if (!/[/\\]|\.(?:ya?ml|json)$/i.test(text)) return text;
  const {readModelFile} = await import('../../client/model-file.js');
  const [spec, ...more] = await readModelFile(text);
  if (more.length > 0) throw new IotctlError('IOT_INPUT_INVALID', `${text} has more than one model`);
  return spec;
}
