import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../cli/command.js';
import type {Columns} from '../cli/output.js';
import {writeOut} from '../cli/stdout.js';
import {saveContext} from '../client/contexts.js';
import {parseDurationMs} from '../domain/duration.js';
import {DEFAULT_TENANT} from '../domain/ids.js';
import {startDetached} from '../platform/detached.js';
import {DEFAULT_RETENTION, type PlatformAddress, type PlatformOptions} from '../platform/options.js';
import {Platform} from '../platform/platform.js';
import {DEFAULT_PORTS} from '../platform/ports.js';

const COLUMNS: Columns<PlatformAddress> = {
  mqttUrl: address => address.mqttUrl,
  wsUrl: address => address.wsUrl,
  apiUrl: address => address.apiUrl,
  dataFolder: address => address.dataFolder,
  pid: address => address.pid,
};

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
  ];

  static override flags = {
    data: Flags.string({default: '.iotctl', description: 'folder for everything that the platform keeps'}),
    host: Flags.string({default: '127.0.0.1', description: 'address to listen on'}),
    'port-mqtt': port('MQTT', DEFAULT_PORTS.mqtt),
    'port-ws': port('MQTT over WebSocket', DEFAULT_PORTS.ws),
    'port-api': port('the HTTP API', DEFAULT_PORTS.api),
    'auto-ports': Flags.boolean({description: 'choose free ports'}),
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
    detach: Flags.boolean({char: 'd', description: 'return when it is ready; stop it with `iotctl down`'}),
    'save-context': Flags.string({
      default: 'local',
      description: 'name under which its address is remembered',
    }),
  };

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Up);
    if (flags.detach) {
      const address = await startDetached(process.argv.slice(2));
      if (this.format === 'json') await writeOut(`${JSON.stringify(address)}\n`);
      else await this.printOne(address, COLUMNS);
      return address;
    }
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

  #optionsOf(flags: {
    data: string;
    host: string;
    'port-mqtt': number;
    'port-ws': number;
    'port-api': number;
    'auto-ports': boolean;
    retain: string;
    'retain-mb': number;
  }): PlatformOptions {
    const free = flags['auto-ports'];
    return {
      dataFolder: flags.data,
      host: flags.host,
      ports: {
        mqtt: free ? 0 : flags['port-mqtt'],
        ws: free ? 0 : flags['port-ws'],
        api: free ? 0 : flags['port-api'],
      },
      retention: {retainMs: parseDurationMs(flags.retain), retainBytes: flags['retain-mb'] * MIB},
      version: this.config.version,
      print:
        process.env.IOTCTL_DETACHED === undefined ? line => process.stderr.write(`${line}\n`) : undefined,
    };
  }
}

/** Started by `up --detach`, which reads one line of JSON and then goes away. */
const isDetached = (): boolean => process.env.IOTCTL_DETACHED !== undefined;

/** The token is in the context, never on a terminal or in a log. */
function shown(address: PlatformAddress): Omit<PlatformAddress, 'adminToken'> {
  const {mqttUrl, wsUrl, apiUrl, ports, dataFolder, pid} = address;
  return {mqttUrl, wsUrl, apiUrl, ports, dataFolder, pid};
}

async function rememberContext(
  name: string,
  {adminToken, apiUrl, mqttUrl, wsUrl}: PlatformAddress,
): Promise<void> {
  if (adminToken === undefined) return;
  const context = {name, url: apiUrl, token: adminToken, tenant: DEFAULT_TENANT, mqttUrl, wsUrl};
  await saveContext(context, {keepLimits: true});
}
