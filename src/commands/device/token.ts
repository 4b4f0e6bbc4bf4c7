import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {time} from '../../cli/cell.js';
import {IotctlCommand, outputFlag} from '../../cli/command.js';
import {keyFileFlag, keyTenantFlag, readKey} from '../../cli/key-input.js';
import {type Columns, FORMATS} from '../../cli/output.js';
import {envLines} from '../../cli/shell.js';
import {writeOut} from '../../cli/stdout.js';
import {tenantOf} from '../../cli/tenant-of.js';
import {durationFlag} from '../../cli/time-flags.js';
import {signDeviceToken, TOKEN_LIFE_SEC_MAX} from '../../domain/device-token.js';
import {IotctlError} from '../../domain/errors.js';
import {usernameOf} from '../../domain/identity.js';
import {parseDeviceId} from '../../domain/ids.js';

interface SignedToken {
  readonly device: string;
  readonly username: string;
  /** What the device gives as its MQTT password. */
  readonly token: string;
  readonly expiresAt: string;
}

const COLUMNS: Columns<SignedToken> = {
  device: row => row.device,
  username: row => row.username,
  token: row => row.token,
  expiresAt: row => time(row.expiresAt),
};

const TTL_MS_DEFAULT = 3_600_000;

export default class DeviceToken extends IotctlCommand {
  static override summary =
    'Sign a token for a device on this machine, as the device itself would with its key.';

  static override examples = [
    '<%= config.bin %> device token lamp-1 --key-file lamp-1.key --key-id 0190a0f2-7c1e-7000-8000-000000000000',
    '<%= config.bin %> device token lamp-1 --key-file lamp-1.key --key-id group:factory-7 --ttl 10m --output env',
    '<%= config.bin %> device token pump-12 --key-file pump-12.key --key-id enroll:line-7 --tenant default',
  ];

  static override args = {
    id: Args.string({required: true, description: 'the id of the device'}),
  };

  static override flags = {
    output: outputFlag([...FORMATS, 'env']),
    'key-file': keyFileFlag('the file with the key of the device; - reads it from stdin'),
    'key-id': Flags.string({
      required: true,
      description:
        'the id of the key; group:NAME, or enroll:NAME to register with, where it was derived from that of a group',
    }),
    ttl: durationFlag({
      default: TTL_MS_DEFAULT,
      defaultHelp: async () => '1h',
      description: 'how long it works, at most 24h',
    }),
    tenant: keyTenantFlag,
  };

  async run(): Promise<SignedToken> {
    const {args, flags} = await this.parse(DeviceToken);
    const device = parseDeviceId(args.id);
    const expiresSec = Math.floor((Date.now() + checkedTtl(flags.ttl)) / 1000);
    const keyId = checkedKeyId(flags['key-id']);
    const key = await readKey(flags['key-file']);
    const tenant = await tenantOf(flags.tenant, {context: () => this.context(), api: () => this.api()});
    const signed = {
      device,
      username: usernameOf(device, tenant),
      token: signDeviceToken({tenant, device, expiresSec, keyId, key}),
      expiresAt: new Date(expiresSec * 1000).toISOString(),
    };
    if (this.format === 'env') await this.printEnv(signed);
    else await this.printOne(signed, COLUMNS);
    return signed;
  }

  private async printEnv({device, username, token}: SignedToken): Promise<void> {
    const url = await this.contextBrokerUrl();
    await writeOut(
      envLines({
        IOTCTL_DEVICE_ID: device,
        IOTCTL_USERNAME: username,
        IOTCTL_SECRET: token,
        ...(url === undefined ? {} : {IOTCTL_MQTT_URL: url}),
      }),
    );
  }
}

function checkedTtl(ttlMs: number): number {
  if (ttlMs >= 1000 && ttlMs <= TOKEN_LIFE_SEC_MAX * 1000) return ttlMs;
  throw new IotctlError('IOT_USAGE', '--ttl is between 1s and 24h: what is stolen must not work for long');
}

/** What would end the field of the token, or be taken for another. */
function checkedKeyId(keyId: string): string {
  if (/^[\w.:-]{1,128}$/.test(keyId)) return keyId;
  throw new IotctlError('IOT_USAGE', `not the id of a key: ${JSON.stringify(keyId.slice(0, 140))}`);
}
