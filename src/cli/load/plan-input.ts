/** From flags and the context to the plan of a load test. */
import {randomBytes} from 'node:crypto';
import type {Context} from '../../client/contexts.js';
import {IotctlError} from '../../domain/errors.js';
import {parseSources} from '../../sim/agents/source-addresses.js';
import type {ListedIdentity} from '../../sim/load/identity.js';
import type {LoadPlan, PlannedPublishers, PlannedSession} from '../../sim/load/plan.js';
import {parseBrokerTarget} from '../../sim/wire/broker-target.js';
import {certificateOf, type TlsFlagValues, trustOf} from './tls-input.js';

const DEFAULT_URL = 'mqtt://127.0.0.1:1883';
const CONNECT_TIMEOUT_MS = 10_000;
const RECONNECT_MIN_MS = 250;

export interface BrokerFlagValues extends TlsFlagValues {
  readonly url?: readonly string[] | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly 'client-id': string;
  readonly identities?: string | undefined;
  readonly 'protocol-version': '4' | '5';
}

export interface ClientFlagValues {
  readonly 'connect-rate': number;
  readonly agents: number;
  readonly source?: string | undefined;
  readonly start: number;
  readonly 'keep-alive': number;
  readonly 'clean-start': boolean;
  readonly 'session-expiry'?: number | undefined;
  readonly 'receive-maximum'?: number | undefined;
  readonly reconnect: boolean;
  readonly 'reconnect-max': number;
  readonly run?: string | undefined;
}

/** Everything but what the clients do. */
export type CommonPlan = Omit<
  LoadPlan,
  'idle' | 'publish' | 'subscribe' | 'durationMs' | 'drainMs' | 'lateAfterMs' | 'seed'
>;

const RUN = /^[A-Za-z0-9._-]{1,64}$/;

export async function commonPlan(
  flags: BrokerFlagValues & ClientFlagValues,
  context: Context | undefined,
): Promise<CommonPlan> {
  const run = flags.run ?? randomBytes(4).toString('hex');
  if (!RUN.test(run))
    throw new IotctlError(
      'IOT_USAGE',
      `--run ${JSON.stringify(run)}: expected up to 64 letters, digits, “.”, “_” or “-”`,
    );
  const known = flags.url === undefined ? context : undefined;
  const trust = await trustOf(flags, known);
  const urls = flags.url ?? [known?.mqttUrl ?? DEFAULT_URL];
  const username = flags.username ?? known?.username;
  const password = flags.password ?? (flags.username === undefined ? known?.password : undefined);
  return {
    run,
    slice: {agent: 0, agents: flags.agents},
    brokers: urls.map(url => ({target: parseBrokerTarget(url), ...(trust === undefined ? {} : {trust})})),
    certificate: await certificateOf(flags),
    protocolVersion: Number(flags['protocol-version']) as 4 | 5,
    sources: flags.source === undefined ? [] : parseSources(flags.source),
    start: flags.start,
    identity: {
      clientId: flags['client-id'],
      ...(username === undefined ? {} : {username}),
      ...(password === undefined ? {} : {password}),
    },
    listed: await listedOf(flags.identities),
    session: sessionOf(flags),
    connect: {
      ratePerSec: flags['connect-rate'],
      timeoutMs: CONNECT_TIMEOUT_MS,
      reconnect: flags.reconnect ? {minMs: RECONNECT_MIN_MS, maxMs: flags['reconnect-max']} : null,
    },
  };
}

export const urlsOf = ({brokers}: Pick<LoadPlan, 'brokers'>): string[] =>
  brokers.map(({target: {transport, host, port, path = ''}}) => {
    const scheme = {tcp: 'mqtt', tls: 'mqtts', ws: 'ws', wss: 'wss'}[transport];
    return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
  });

function sessionOf(flags: ClientFlagValues & BrokerFlagValues): PlannedSession {
  const {'session-expiry': expiryMs, 'receive-maximum': receiveMaximum} = flags;
  mustBe5(flags, {'session-expiry': expiryMs, 'receive-maximum': receiveMaximum});
  const properties = {
    ...(expiryMs === undefined ? {} : {sessionExpiryInterval: Math.round(expiryMs / 1000)}),
    ...(receiveMaximum === undefined ? {} : {receiveMaximum}),
  };
  return {
    cleanStart: flags['clean-start'],
    keepAliveSec: flags['keep-alive'],
    connectProperties: Object.keys(properties).length === 0 ? undefined : properties,
  };
}

/** Throws `IOT_USAGE` for what only MQTT 5 has. */
export function mustBe5(
  flags: Pick<BrokerFlagValues, 'protocol-version'>,
  properties: Readonly<Record<string, unknown>>,
): void {
  if (flags['protocol-version'] === '5') return;
  for (const [name, value] of Object.entries(properties))
    if (value !== undefined) throw new IotctlError('IOT_USAGE', `--${name} needs --protocol-version 5`);
}

async function listedOf(file: string | undefined): Promise<Readonly<Record<number, ListedIdentity>>> {
  if (file === undefined) return {};
  return (await import('./identities-file.js')).readIdentities(file);
}

export interface RateFlagValues {
  readonly rate?: number | 'max' | undefined;
  readonly interval?: number | undefined;
  readonly jitter?: {percent: number} | {ms: number} | undefined;
  readonly stage?: readonly {durationMs: number; ratePerSec: number}[] | undefined;
  readonly duration: number;
}

/** The rate of all publishers together, whichever way it was said. */
export function rateOfFlags(
  flags: RateFlagValues,
  publishers: number,
): Pick<PlannedPublishers, 'rate' | 'jitterMs'> {
  const {rate, interval, stage = [], duration} = flags;
  if (rate === 'max') {
    if (stage.length > 0 || flags.jitter !== undefined)
      throw new IotctlError('IOT_USAGE', '--rate max goes with neither --stage nor --jitter');
    return {rate: null, jitterMs: 0};
  }
  if (interval !== undefined && interval <= 0)
    throw new IotctlError('IOT_USAGE', '--interval is not above 0');
  const perSec = rate ?? (interval === undefined ? publishers : (publishers * 1000) / interval);
  const stages =
    stage.length > 0 ? stage : [{durationMs: duration === 0 ? null : duration, ratePerSec: perSec}];
  const highest = Math.max(
    ...stages.map(({ratePerSec}) => ratePerSec),
    stage.length > 0 ? (rate ?? 0) : perSec,
  );
  const intervalMs = (publishers * 1000) / highest;
  const jitterMs =
    flags.jitter === undefined
      ? 0
      : 'ms' in flags.jitter
        ? flags.jitter.ms
        : (intervalMs * flags.jitter.percent) / 100;
  if (jitterMs > intervalMs)
    throw new IotctlError(
      'IOT_USAGE',
      `--jitter of ${Math.round(jitterMs)} ms is more than the ${Math.round(intervalMs)} ms between two messages of a publisher: it would change their order`,
    );
  return {rate: {startPerSec: stage.length > 0 ? (rate ?? 0) : perSec, stages}, jitterMs};
}

/** How long the load lasts: stages say it themselves; null until it is stopped, or everything is sent. */
export const durationOf = (flags: {
  readonly stage?: readonly {durationMs: number}[] | undefined;
  readonly duration: number;
}): number | null => {
  if (flags.stage !== undefined && flags.stage.length > 0)
    return flags.stage.reduce((sum, {durationMs}) => sum + durationMs, 0);
  return flags.duration === 0 ? null : flags.duration;
};
