import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../../cli/command.js';
import {keyFileFlag, keyTenantFlag, readKey} from '../../../cli/key-input.js';
import type {Columns} from '../../../cli/output.js';
import {reserveSecretFile, secretFileFlag} from '../../../cli/secret-file.js';
import {tenantOf} from '../../../cli/tenant-of.js';
import {derivedKey} from '../../../domain/device-token.js';
import {parseDeviceId} from '../../../domain/ids.js';

interface DerivedKey {
  readonly device: string;
  readonly tenant: string;
  /** Base64; not there where it went to a file. */
  readonly key?: string;
}

const COLUMNS = {device: row => row.device, tenant: row => row.tenant} satisfies Columns<DerivedKey>;

export default class DeviceGroupKeyDerive extends IotctlCommand {
  static override summary = 'Derive the key of one device from that of its group, on this machine.';

  static override examples = [
    '<%= config.bin %> device group-key derive lamp-1 --key-file factory-7.key --secret-file lamp-1.key',
  ];

  static override args = {
    device: Args.string({required: true, description: 'the id of the device; it need not be there yet'}),
  };

  static override flags = {
    'key-file': keyFileFlag('the file with the key of the group; - reads it from stdin'),
    tenant: keyTenantFlag,
    'secret-file': secretFileFlag,
  };

  async run(): Promise<DerivedKey> {
    const {args, flags} = await this.parse(DeviceGroupKeyDerive);
    const device = parseDeviceId(args.device);
    const groupKey = await readKey(flags['key-file']);
    const tenant = await tenantOf(flags.tenant, {context: () => this.context(), api: () => this.api()});
    const key = derivedKey(groupKey, tenant, device).toString('base64');
    const path = flags['secret-file'];
    if (path === undefined) return this.printOne({device, tenant, key}, {...COLUMNS, key: row => row.key});
    await using file = await reserveSecretFile(path);
    await file.write(key);
    return this.printOne({device, tenant}, COLUMNS);
  }
}
