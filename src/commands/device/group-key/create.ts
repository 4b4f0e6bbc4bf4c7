import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../../cli/command.js';
import {GROUP_KEY_COLUMNS} from '../../../cli/credential-columns.js';
import {reserveSecretFile, sayShownOnce, secretFileFlag} from '../../../cli/secret-file.js';
import type {GroupKeyView} from '../../../client/group-key-api.js';

export default class DeviceGroupKeyCreate extends IotctlCommand {
  static override summary =
    'Create a key from which those of a group of devices are derived, and print it, once.';

  static override examples = [
    '<%= config.bin %> device group-key create factory-7 --secret-file factory-7.key',
    '<%= config.bin %> device group-key create factory-7',
  ];

  static override args = {
    name: Args.string({required: true, description: 'the name of the group'}),
  };

  static override flags = {'secret-file': secretFileFlag};

  async run(): Promise<GroupKeyView> {
    const {args, flags} = await this.parse(DeviceGroupKeyCreate);
    const path = flags['secret-file'];
    const api = await this.api();
    await using file = path === undefined ? undefined : await reserveSecretFile(path);
    const created = await api.groupKeys.create(args.name);
    if (file) {
      const {key, ...view} = created;
      await file.write(key);
      return this.printOne(view, GROUP_KEY_COLUMNS);
    }
    await this.printOne(created, {...GROUP_KEY_COLUMNS, key: row => row.key});
    if (!this.quiet) sayShownOnce('The key');
    return created;
  }
}
