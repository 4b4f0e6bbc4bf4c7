import {readFileSync} from 'node:fs';
import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../cli/command.js';
import {limitFlag, limitsOf} from '../cli/limit-flag.js';
import type {Columns} from '../cli/output.js';
import {writeOut} from '../cli/stdout.js';
import {saveContext} from '../client/contexts.js';
import {parseDurationMs} from '../domain/duration.js';
import {DEFAULT_TENANT} from '../domain/ids.js';
import type {TlsOptions} from '../platform/certificates.js';
import {DEFAULT_RETENTION, type PlatformAddress, type PlatformOptions} from '../platform/options.js';
import {DEFAULT_PORTS, openDoors} from '../platform/ports.js';

const COLUMNS: Columns<PlatformAddress> = {
  mqttUrl: address => address.mqttUrl,
  wsUrl: address => address.wsUrl,
  apiUrl: address => address.apiUrl,
  dataFolder: address => address.dataFolder,
  pid: address => address.pid,
};

const TLS_COLUMNS: Columns<PlatformAddress> = {
  ...COLUMNS,
  mqttsUrl: address => address.mqttsUrl,
  wssUrl: address => address.wssUrl,
  httpsUrl: address => address.httpsUrl,
  caFile: address => address.authority?.file,
  caFingerprint: address => address.authority?.fingerprint,
};

const columnsOf = ({mqttsUrl}: PlatformAddress): Columns<PlatformAddress> =>
  mqttsUrl === undefined ? COLUMNS : TLS_COLUMNS;

const MIB = 2 ** 20;

const port = (name: string, standard: number) =>
  Flags.integer({
    min: 0,
    max: 65_535,
    default: standard,
    description: `port for ${name}; 0 chooses a free one`,
  });

export default class Up extends IotctlCommand {
  static override summary =
    'Start a platform in this folder: gateway, registry, event stream, store and API.';

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --detach --auto-ports -o json',
    '<%= config.bin %> <%= command.id %> --tls --host 0.0.0.0 --tls-name iot.example.com',
  ];

  static override flags = {
    data: Flags.string({default: '.iotctl', description: 'folder for everything that the platform keeps'}),
    host: Flags.string({default: '127.0.0.1', description: 'address to listen on'}),
    'port-mqtt': port('MQTT', DEFAULT_PORTS.mqtt),
    'port-ws': port('MQTT over WebSocket', DEFAULT_PORTS.ws),
    'port-api': port('the HTTP API', DEFAULT_PORTS.api),
    'auto-ports': Flags.boolean({description: 'choose free ports'}),
    tls: Flags.boolean({
      description: 'listen with TLS too; the first time this makes a CA and a certificate of its own',
    }),
    'tls-cert': Flags.string({
      description:
        'PEM file of a certificate and its chain, to use instead of one of its own [default: none]',
      dependsOn: ['tls', 'tls-key'],
    }),
    'tls-key': Flags.string({
      description: 'PEM file of the key of --tls-cert [default: none]',
      dependsOn: ['tls', 'tls-cert'],
    }),
    'tls-name': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description:
        'a name or address that its own certificate holds too; may be given several times [default: none]',
      dependsOn: ['tls'],
    }),
    'port-mqtts': port('MQTT with TLS', DEFAULT_PORTS.mqtts),
    'port-wss': port('MQTT over WebSocket with TLS', DEFAULT_PORTS.wss),
    'port-https': port('the HTTP API with TLS', DEFAULT_PORTS.https),
    insecure: Flags.boolean({
      description: 'listen in plain text even where others than this machine can connect',
    }),
    limit: limitFlag,
    retain: Flags.string({
      default: '7d',
      description: 'how long the event stream keeps what every consumer has read',
    }),
    'retain-mb': Flags.integer({
      min: 16,
      max: 1_000_000,
      default: DEFAULT_RETENTION.retainBytes / MIB,
      description: 'how much of it the event stream keeps, in MiB',
    }),
    'allow-exec': Flags.boolean({
      description: 'let administrators of the platform make consumers that start commands on this machine',
    }),
    'consumer-folder': Flags.string({
      helpValue: '<folder>',
      description: 'where consumers write files [default: consumers in the data folder]',
    }),
    detach: Flags.boolean({char: 'd', description: 'return when it is ready; stop it with `iotctl down`'}),
    'save-context': Flags.string({
      default: 'local',
      description: 'name under which its address is remembered',
    }),
  };

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Up);
    if (flags.detach) {
      const {startDetached} = await import('../platform/detached.js');
      const address = await startDetached(process.argv.slice(2));
      if (this.format === 'json') await writeOut(`${JSON.stringify(address)}\n`);
      else await this.printOne(address, columnsOf(address));
      return address;
    }
    // Not needed by who starts another process, or asks for help.
    const {Platform} = await import('../platform/platform.js');
    const {platform, address} = await Platform.start(this.#optionsOf(flags));
    const ended = new Promise<void>(resolve => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
      platform.onShutdownAsked(resolve);
    });
    await rememberContext(flags['save-context'], address);
    if (this.format !== 'table' || isDetached()) await writeOut(`${JSON.stringify(shown(address))}\n`);
    await ended;
    await platform.stop();
    return undefined;
  }

  #optionsOf(flags: UpFlags): PlatformOptions {
    const chosen = (standard: number): number => (flags['auto-ports'] ? 0 : standard);
    const ports = {
      mqtt: chosen(flags['port-mqtt']),
      ws: chosen(flags['port-ws']),
      api: chosen(flags['port-api']),
      mqtts: chosen(flags['port-mqtts']),
      wss: chosen(flags['port-wss']),
      https: chosen(flags['port-https']),
    };
    const {host, tls, insecure} = flags;
    return {
      dataFolder: flags.data,
      host,
      ports: openDoors(ports, {host, tls, insecure}),
      tls: tls ? tlsOf(flags) : undefined,
      limits: limitsOf(flags.limit ?? []),
      retention: {retainMs: parseDurationMs(flags.retain), retainBytes: flags['retain-mb'] * MIB},
      allowExec: flags['allow-exec'],
      consumerFolder: flags['consumer-folder'],
      version: this.config.version,
      print:
        process.env.IOTCTL_DETACHED === undefined ? line => process.stderr.write(`${line}\n`) : undefined,
    };
  }
}

type UpFlags = Interfaces.InferredFlags<typeof Up.flags>;

const tlsOf = (flags: UpFlags): TlsOptions => ({
  names: flags['tls-name'] ?? [],
  own:
    flags['tls-cert'] === undefined || flags['tls-key'] === undefined
      ? undefined
      : {certificateFile: flags['tls-cert'], keyFile: flags['tls-key']},
});

/** Started by `up --detach`, which reads one line of JSON and then goes away. */
const isDetached = (): boolean => process.env.IOTCTL_DETACHED !== undefined;

/** The token is in the context, never on a terminal or in a log. */
function shown(address: PlatformAddress): Omit<PlatformAddress, 'adminToken'> {
  const {adminToken: _adminToken, ...others} = address;
  return others;
}

async function rememberContext(name: string, address: PlatformAddress): Promise<void> {
  const {adminToken, apiUrl, mqttUrl, wsUrl, authority} = address;
  if (adminToken === undefined) return;
  // Where everything goes over TLS, the context trusts the platform's own authority and no other.
  const ca = authority && apiUrl.startsWith('https:') ? {ca: readFileSync(authority.file, 'utf8')} : {};
  const context = {name, url: apiUrl, token: adminToken, tenant: DEFAULT_TENANT, mqttUrl, wsUrl, ...ca};
  await saveContext(context, {keepLimits: true});
}
