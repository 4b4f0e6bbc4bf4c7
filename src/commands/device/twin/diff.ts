import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../../cli/command.js';
import type {Columns} from '../../../cli/output.js';
import {say} from '../../../cli/stdout.js';
import {IotctlError} from '../../../domain/errors.js';
import {type Difference, differencesIn} from '../../../domain/twin-delta.js';

const COLUMNS: Columns<Difference> = {
  path: ({path}) => path,
  desired: ({desired}) => JSON.stringify(desired),
  reported: ({reported}) => (reported === undefined ? null : JSON.stringify(reported)),
};

export default class DeviceTwinDiff extends IotctlCommand {
  static override summary = 'Show what is desired of a device and not reported so.';

  static override description =
    'Ends with 0 when the device reports everything as it is desired, with 9 when not. What it reports beyond is not compared.';

  static override examples = ['<%= config.bin %> device twin diff lamp-1'];

  static override args = {
    id: Args.string({required: true, description: 'the id of the device'}),
  };

  async run(): Promise<readonly Difference[]> {
    const {args} = await this.parse(DeviceTwinDiff);
    const {delta, reported, desired} = await (await this.api()).twins.get(args.id);
    const differences = differencesIn(delta, reported.properties);
    if (differences.length === 0 && this.format === 'table') {
      say(`${args.id} reports everything as it is desired (version ${desired.version})`);
      return [];
    }
    await this.print(differences, COLUMNS);
    if (differences.length > 0)
      throw new IotctlError(
        'IOT_CHECK_FAILED',
        `${args.id} does not report ${differences.length} of its desired values so (version ${desired.version})`,
      );
    return differences;
  }
}
