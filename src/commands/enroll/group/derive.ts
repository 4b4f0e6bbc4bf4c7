import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../../cli/command.js';
import {keyFileFlag, keyTenantFlag, readKey} from '../../../cli/key-input.js';
import type {Columns} from '../../../cli/output.js';
import {reserveSecretFile, secretFileFlag} from '../../../cli/secret-file.js';
import {tenantOf} from '../../../cli/tenant-of.js';
import {derivedKey, ENROLMENT_KEY_PREFIX} from '../../../domain/device-token.js';
import {parseDeviceId} from '../../../domain/ids.js';

interface DerivedKey {
  readonly registrationId: string;
  readonly tenant: string;
  /** What the device writes into its tokens. */
  readonly keyId: string;
  /** Base64; not there where it went to a file. */
  readonly key?: string;
}

const COLUMNS = {
  registrationId: row => row.registrationId,
  tenant: row => row.tenant,
  keyId: row => row.keyId,
} satisfies Columns<DerivedKey>;

export default class EnrollGroupDerive extends IotctlCommand {
  static override summary =
    'Derive the key that one device registers with, on this machine: what is put into the device.';

  static override description =
    'The device signs a token with it (`device token --key-id enroll:NAME` shows how), and sends that to POST /v1/provision/register. ' +
    'The key of the group itself is never put into a device: whoever opened one would have all of them.';

  static override examples = [
    '<%= config.bin %> enroll group derive line-7 pump-12 --key-file line-7.key --secret-file pump-12.key',
  ];

  static override args = {
    name: Args.string({required: true, description: 'the name of the group'}),
    id: Args.string({required: true, description: 'the registration id: the id that the device will have'}),
  };

  static override flags = {
    'key-file': keyFileFlag('the file with the key of the group; - reads it from stdin'),
    tenant: keyTenantFlag,
    'secret-file': secretFileFlag,
  };

  async run(): Promise<DerivedKey> {
    const {args, flags} = await this.parse(EnrollGroupDerive);
    const registrationId = parseDeviceId(args.id);
    const groupKey = await readKey(flags['key-file']);
    const tenant = await tenantOf(flags.tenant, {context: () => this.context(), api: () => this.api()});
    const key = derivedKey(groupKey, tenant, registrationId).toString('base64');
    const derived = {registrationId, tenant, keyId: `${ENROLMENT_KEY_PREFIX}${args.name}`};
    const path = flags['secret-file'];
    if (path === undefined) return this.printOne({...derived, key}, {...COLUMNS, key: row => row.key});
    await using file = await reserveSecretFile(path);
    await file.write(key);
    return this.printOne(derived, COLUMNS);
  }
}
