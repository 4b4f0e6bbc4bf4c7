/** Where a simulation runs: on a platform, or on any MQTT broker. */
import type {ApiClient} from '../../client/api-client.js';
import {type Context, withoutMqtt} from '../../client/contexts.js';
import {IotctlError} from '../../domain/errors.js';
import type {PlannedBroker} from '../../sim/device/sim-plan.js';
import {parseBrokerTarget} from '../../sim/wire/broker-target.js';
import {brokerAddress} from '../broker-flags.js';
import {certificateOf, type TlsFlagValues, trustOf} from '../load/tls-input.js';

const PREFIX_ON_PLATFORM = 'me/';
const PREFIX = 't/default/d/{device}/';
const SLASH = '/';

export interface WhereFlags extends TlsFlagValues {
  /** Devices take one after the other. */
  readonly url?: readonly string[] | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly 'protocol-version'?: '4' | '5' | undefined;
  readonly 'topic-prefix'?: string | undefined;
}

export interface SimWhere {
  readonly brokers: readonly PlannedBroker[];
  readonly urls: readonly string[];
  readonly protocolVersion: 4 | 5;
  readonly topicPrefix: string;
  /** Undefined for a plain broker. */
  readonly api: (() => Promise<ApiClient>) | undefined;
  /** What every device logs in with on a plain broker; `{device}` is its id. */
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** `context` is the current one, if there is one; `api` opens its platform. */
export async function simWhere(
  flags: WhereFlags,
  context: Context | undefined,
  api: () => Promise<ApiClient>,
): Promise<SimWhere> {
  const platform = flags.url === undefined && context !== undefined && context.kind !== 'mqtt';
  const [first, ...further] = flags.url ?? [];
  const {url, username, password, protocolVersion = 4} = brokerAddress({...flags, url: first}, context);
  const urls = [url, ...further];
  const trust = await trustOf(flags, context);
  const certificate = await certificateOf(flags);
  if (platform && certificate !== undefined)
    throw new IotctlError(
      'IOT_USAGE',
      'on a platform each device has a certificate of its own: write --identities FILE with the columns id, cert and key, instead of --cert',
    );
  if (platform && context.mqttUrl === undefined) throw withoutMqtt(context);
  return {
    brokers: urls.map(one => ({target: parseBrokerTarget(one), trust, certificate})),
    urls,
    protocolVersion,
    topicPrefix: platform ? PREFIX_ON_PLATFORM : prefixOf(flags['topic-prefix'] ?? PREFIX),
    api: platform ? api : undefined,
    username,
    password,
  };
}

function prefixOf(text: string): string {
  if (!text.includes('{device}'))
    throw new IotctlError('IOT_USAGE', `--topic-prefix ${text} has no {device}: all devices would be one`);
  return text.endsWith(SLASH) ? text : text + SLASH;
}
