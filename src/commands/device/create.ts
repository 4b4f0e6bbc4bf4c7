import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand, outputFlag} from '../../cli/command.js';
import {type CredentialsFile, createCredentialsFile} from '../../cli/credentials-file.js';
import {parseLabels} from '../../cli/labels.js';
import {type Columns, FORMATS} from '../../cli/output.js';
import {Progress} from '../../cli/progress.js';
import {expandIds} from '../../cli/selection.js';
import {envLines} from '../../cli/shell.js';
import {say, writeOut} from '../../cli/stdout.js';
import type {Device, DeviceCredential} from '../../domain/device.js';
import {IotctlError} from '../../domain/errors.js';
import {parseDeviceId} from '../../domain/ids.js';

/** `credential` is null for a device that was there already: its secret is never shown again. */
interface CreatedDevice {
  readonly device: Device;
  readonly credential: DeviceCredential | null;
}

const COLUMNS: Columns<CreatedDevice> = {
  id: ({device}) => device.id,
  username: ({credential}) => credential?.username,
  secret: ({credential}) => credential?.secret ?? '(there already)',
};

/** Columns where the secrets went to a file. */
const WITHOUT_SECRET: Columns<CreatedDevice> = {
  id: ({device}) => device.id,
  username: ({credential}) => credential?.username,
};

/** What the API takes in one request. */
const BATCH_MAX = 1000;
const COUNT_MAX = 1_000_000;

export default class DeviceCreate extends IotctlCommand {
  static override summary = 'Create devices, and print the secret of each, once.';

  static override examples = [
    '<%= config.bin %> device create lamp-1 --label site=oslo',
    'eval "$(<%= config.bin %> device create lamp-2 --output env)"',
    '<%= config.bin %> device create --count 1000 --prefix sensor- --credentials-file fleet.csv',
  ];

  static override strict = false;

  static override args = {
    id: Args.string({description: 'the id of a device, or several; - reads ids from stdin'}),
  };

  static override flags = {
    output: outputFlag([...FORMATS, 'env']),
    count: Flags.integer({
      min: 1,
      max: COUNT_MAX,
      description: 'make so many ids of --prefix and a number [default: none]',
    }),
    prefix: Flags.string({default: 'device-', description: 'what ids made by --count start with'}),
    label: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'a label, key=value; may be given several times [default: none]',
    }),
    model: Flags.string({description: 'the model of the devices [default: none]'}),
    'if-not-exists': Flags.boolean({description: 'keep a device that is there already, without an error'}),
    'credentials-file': Flags.string({
      description:
        'write ids and secrets to this new .csv or .json file (mode 0600) instead of printing them',
    }),
  };

  async run(): Promise<readonly CreatedDevice[]> {
    const {argv, flags} = await this.parse(DeviceCreate);
    const ids = await idsOf(argv as string[], flags);
    if (this.format === 'env' && (ids.length !== 1 || flags['credentials-file'] !== undefined)) {
      throw new IotctlError('IOT_USAGE', '--output env is for one device, and prints its secret itself');
    }
    const labels = parseLabels(flags.label ?? []);
    const template = {...(flags.model === undefined ? {} : {model: flags.model}), labels};
    const path = flags['credentials-file'];
    const file = path === undefined ? undefined : await createCredentialsFile(path);
    try {
      const created = await this.createAll(ids, template, flags['if-not-exists'], file);
      if (this.format === 'env') await this.printEnv(created[0]!);
      else if (file === undefined) await this.print(created, COLUMNS);
      else await this.print(withoutSecrets(created), WITHOUT_SECRET);
      return created;
    } finally {
      await file?.[Symbol.asyncDispose]();
    }
  }

  private async createAll(
    ids: readonly string[],
    template: {model?: string; labels: Record<string, string>},
    ifNotExists: boolean,
    file: CredentialsFile | undefined,
  ): Promise<CreatedDevice[]> {
    const api = await this.api();
    const created: CreatedDevice[] = [];
    using progress = new Progress('devices', ids.length);
    try {
      for (let start = 0; start < ids.length; start += BATCH_MAX) {
        const batch = ids.slice(start, start + BATCH_MAX).map(id => ({id, ...template}));
        const {items} = await api.createDevices(batch, {ifNotExists});
        await file?.append(
          items.flatMap(({device: {id}, credential}) => (credential ? [{id, credential}] : [])),
        );
        created.push(...items);
        progress.update(created.length);
      }
    } catch (error) {
      // Their secrets are nowhere else: what was made has to be shown even though the rest failed.
      if (created.length > 0) {
        say(`${created.length} of ${ids.length} devices were created before this failed`);
        if (file === undefined && this.format !== 'env') await this.print(created, COLUMNS);
      }
      throw error;
    }
    return created;
  }

  private async printEnv({device, credential}: CreatedDevice): Promise<void> {
    if (credential === null) {
      throw new IotctlError(
        'IOT_DEVICE_EXISTS',
        `device ${device.id} is there already; its secret was shown then`,
      );
    }
    const url = await this.contextBrokerUrl();
    await writeOut(
      envLines({
        IOTCTL_DEVICE_ID: device.id,
        IOTCTL_USERNAME: credential.username,
        IOTCTL_SECRET: credential.secret,
        ...(url === undefined ? {} : {IOTCTL_MQTT_URL: url}),
      }),
    );
  }
}

async function idsOf(
  words: readonly string[],
  flags: {count?: number | undefined; prefix: string},
): Promise<string[]> {
  const {count = 0, prefix} = flags;
  const digits = String(count).length;
  const counted = Array.from({length: count}, (_, index) => prefix + String(index + 1).padStart(digits, '0'));
  const ids = [...(await expandIds(words)), ...counted].map(parseDeviceId);
  if (ids.length === 0)
    throw new IotctlError('IOT_USAGE', 'no device named: give ids, - for stdin, or --count');
  return ids;
}

/** JSON on stdout may be kept in a log; the secrets are in the file. */
const withoutSecrets = (created: readonly CreatedDevice[]): CreatedDevice[] =>
  created.map(({device}) => ({device, credential: null}));
