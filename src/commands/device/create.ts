import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand, outputFlag} from '../../cli/command.js';
import {
  CREATED_DEVICE_COLUMNS,
  type CreatedDevice,
  WITHOUT_SECRET,
  withoutSecrets,
} from '../../cli/created-device.js';
import {type CredentialsFile, createCredentialsFile} from '../../cli/credentials-file.js';
import {createBatches, createWithCertificates, createWithPassword} from '../../cli/device-batches.js';
import {outFlag} from '../../cli/device-certificate.js';
import {componentFlag, labelFlag, metadataFlag, viaFlag} from '../../cli/device-flags.js';
import {parseComponents} from '../../cli/entry-changes.js';
import {parseLabels} from '../../cli/labels.js';
import {FORMATS} from '../../cli/output.js';
import {newPassword, passwordStdinFlag} from '../../cli/password-input.js';
import {sayShownOnce} from '../../cli/secret-file.js';
import {expandIds} from '../../cli/selection.js';
import {envLines} from '../../cli/shell.js';
import {writeOut} from '../../cli/stdout.js';
import type {WantedDevice} from '../../client/api-shapes.js';
import {IotctlError} from '../../domain/errors.js';
import {parseDeviceId} from '../../domain/ids.js';

const COUNT_MAX = 1_000_000;

export default class DeviceCreate extends IotctlCommand {
  static override summary = 'Create devices, and print the secret of each, once.';

  static override examples = [
    '<%= config.bin %> device create lamp-1 --label site=oslo',
    'eval "$(<%= config.bin %> device create lamp-2 --output env)"',
    '<%= config.bin %> device create --count 1000 --prefix sensor- --credentials-file fleet.csv',
    '<%= config.bin %> device create pump-1 --x509 --out certificates',
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
    label: labelFlag,
    metadata: metadataFlag,
    component: componentFlag,
    via: viaFlag,
    model: Flags.string({description: 'the model of the devices [default: none]'}),
    'if-not-exists': Flags.boolean({description: 'keep a device that is there already, without an error'}),
    credential: Flags.option({
      options: ['secret', 'token', 'none'] as const,
      description:
        'what each logs in with: a secret, a key that it signs its own tokens with, or nothing yet [default: secret]',
    })(),
    'password-stdin': Flags.boolean({
      ...passwordStdinFlag,
      description: 'read a password from stdin, which one device then logs in with',
      exclusive: ['credential'],
    }),
    x509: Flags.boolean({
      description: 'let each log in with a certificate, whose key is made on this machine',
      exclusive: ['credential', 'password-stdin', 'credentials-file'],
    }),
    out: {...outFlag, dependsOn: ['x509']},
    'credentials-file': Flags.string({
      description:
        'write ids and secrets to this new .csv or .json file (mode 0600) instead of printing them',
      exclusive: ['password-stdin'],
    }),
  };

  async run(): Promise<readonly CreatedDevice[]> {
    const {argv, flags} = await this.parse(DeviceCreate);
    const ids = await idsOf(argv as string[], flags);
    const {credential = 'secret', out} = flags;
    const path = flags['credentials-file'];
    const special = flags.x509 || flags['password-stdin'] || credential !== 'secret';
    if (this.format === 'env' && (ids.length !== 1 || path !== undefined || special)) {
      throw new IotctlError('IOT_USAGE', '--output env is for one device, and prints its secret itself');
    }
    const about = aboutOf(flags);
    const wanted = ids.map(id => ({id, ...about}));
    const ifNotExists = flags['if-not-exists'];
    if (flags['password-stdin']) return this.createOne(wanted, ifNotExists);
    if (flags.x509) {
      const created = await createWithCertificates(await this.api(), wanted, {ifNotExists, folder: out});
      return this.print(created, CREATED_DEVICE_COLUMNS.x509);
    }
    return this.createMany(wanted, {ifNotExists, credential, path});
  }

  private async createOne(wanted: readonly WantedDevice[], ifNotExists: boolean) {
    const [device, ...more] = wanted;
    if (more.length > 0) throw new IotctlError('IOT_USAGE', '--password-stdin is for one device');
    const password = await newPassword(true, device!.id);
    const created = await createWithPassword(await this.api(), device!, {ifNotExists, password});
    return this.print([created], CREATED_DEVICE_COLUMNS.password);
  }

  private async createMany(
    wanted: readonly WantedDevice[],
    {
      path,
      ...options
    }: {ifNotExists: boolean; credential: 'secret' | 'token' | 'none'; path: string | undefined},
  ): Promise<readonly CreatedDevice[]> {
    const {credential} = options;
    if (path !== undefined && credential === 'none') {
      throw new IotctlError('IOT_USAGE', '--credentials-file has nothing to keep with --credential none');
    }
    const api = await this.api();
    await using file =
      path === undefined || credential === 'none' ? undefined : await createCredentialsFile(path, credential);
    const created: CreatedDevice[] = [];
    try {
      await createBatches(api, wanted, {...options, file, created});
    } catch (error) {
      // Their secrets are nowhere else: what was made has to be shown even though the rest failed.
      if (created.length > 0 && this.format !== 'env') await this.show(created, credential, file);
      throw error;
    }
    if (this.format === 'env') await this.printEnv(created[0]!);
    else await this.show(created, credential, file);
    return file ? withoutSecrets(created) : created;
  }

  private async show(
    created: readonly CreatedDevice[],
    credential: 'secret' | 'token' | 'none',
    file: CredentialsFile | undefined,
  ): Promise<void> {
    if (file) {
      await this.print(withoutSecrets(created), WITHOUT_SECRET);
      return;
    }
    await this.print(created, CREATED_DEVICE_COLUMNS[credential]);
    const secrets = created.filter(made => made.credential !== null).length;
    if (secrets > 0 && !this.quiet) sayShownOnce(secrets === 1 ? 'The secret' : 'Each secret');
  }

  private async printEnv({device, credential}: CreatedDevice): Promise<void> {
    if (credential?.secret === undefined) {
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

/** What is the same for all of them. */
function aboutOf(flags: {
  label?: string[] | undefined;
  metadata?: string[] | undefined;
  component?: string[] | undefined;
  via?: string[] | undefined;
  model?: string | undefined;
}): Omit<WantedDevice, 'id'> {
  const {label = [], metadata, component, via, model} = flags;
  return {
    labels: parseLabels(label),
    ...(metadata ? {metadata: parseLabels(metadata)} : {}),
    ...(component ? {components: parseComponents(component)} : {}),
    ...(via ? {via} : {}),
    ...(model === undefined ? {} : {model}),
  };
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
