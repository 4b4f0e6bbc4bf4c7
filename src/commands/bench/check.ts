import * as Flags from '@oclif/core/flags';
import {BROKER_FLAGS, brokerAddress} from '../../cli/broker-flags.js';
import {IotctlCommand} from '../../cli/command.js';
import type {Columns} from '../../cli/output.js';
import {IotctlError} from '../../domain/errors.js';
import type {Limit} from '../../sim/agents/connection-limits.js';
import {isTooLow, preflight} from '../../sim/agents/preflight.js';
import {parseSources} from '../../sim/agents/source-addresses.js';

/** Keys of JSON as printed by `iotctl bench check -o json`. */
interface LimitView extends Omit<Limit, 'fits' | 'strict'> {
  /** So many connections it lets through; null where this platform does not tell. */
  readonly fits: number | null;
  readonly state: 'ok' | 'unknown' | 'warning' | 'too low';
}

const TONES = {ok: 'good', unknown: 'dim', warning: 'warning', 'too low': 'bad'} as const;

const COLUMNS: Columns<LimitView> = {
  name: limit => limit.name,
  fits: limit => limit.fits,
  state: limit => ({value: limit.state, tone: TONES[limit.state]}),
  reason: limit => limit.reason,
  remedy: limit => (limit.state === 'ok' ? null : limit.remedy),
};

const PORTS: Record<string, number> = {'mqtt:': 1883, 'mqtts:': 8883, 'ws:': 80, 'wss:': 443};

export default class BenchCheck extends IotctlCommand {
  static override summary = 'Say how many connections this machine can make, and what limits them.';

  static override description =
    `Every load test checks the same before it starts. Nothing connects to the broker.

Files and ports are known, and a run that needs more of them is refused. Memory and tracked connections are
estimates: a run that they speak against is warned.`;

  static override examples = [
    '<%= config.bin %> bench check',
    '<%= config.bin %> bench check --devices 30000 --agents 2 --source 127.0.0.2-3',
    '<%= config.bin %> bench check --devices 100000 --output json',
  ];

  static override flags = {
    url: BROKER_FLAGS.url,
    devices: Flags.integer({
      min: 1,
      max: 10_000_000,
      default: 1000,
      description: 'connections that there shall be',
    }),
    agents: Flags.integer({min: 1, max: 64, default: 1, description: 'processes that make them'}),
    source: Flags.string({
      description: 'addresses to connect from, such as 127.0.0.2-9 [default: the system chooses]',
    }),
  };

  async run(): Promise<readonly LimitView[]> {
    const {flags} = await this.parse(BenchCheck);
    const {url} = brokerAddress(flags, await this.brokerContext());
    const {hostname, port, protocol} = new URL(url);
    const {limits} = await preflight({
      connections: flags.devices,
      agents: flags.agents,
      sources: flags.source === undefined ? [] : parseSources(flags.source),
      brokers: [{host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || PORTS[protocol] || 1883}],
    });
    const views = await this.print(
      limits.map(limit => viewOf(limit, flags.devices)),
      COLUMNS,
    );
    const broken = views.filter(({state}) => state === 'too low').map(({name}) => name);
    if (broken.length > 0)
      throw new IotctlError(
        'IOT_CHECK_FAILED',
        `${flags.devices} connections do not fit: ${broken.join(', ')}`,
      );
    return views;
  }
}

function viewOf({strict, fits, ...limit}: Limit, connections: number): LimitView {
  const tooLow = isTooLow({...limit, strict, fits}, connections);
  const state = fits === undefined ? 'unknown' : !tooLow ? 'ok' : strict ? 'too low' : 'warning';
  return {...limit, fits: fits === undefined || fits === Infinity ? null : fits, state};
}
