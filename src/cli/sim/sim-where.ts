/** Where a simulation runs: on a platform, or on any MQTT broker. */
import type {ApiClient} from '../../client/api-client.js';
import type {Context} from '../../client/contexts.js';
import {IotctlError} from '../../domain/errors.js';
import type {PlannedBroker} from '../../sim/device/sim-plan.js';
import {parseBrokerTarget} from '../../sim/wire/broker-target.js';
import {brokerAddress} from '../broker-flags.js';

const PREFIX_ON_PLATFORM = 'me/';
const PREFIX = 't/default/d/{device}/';
const SLASH = '/';

export interface WhereFlags {
  readonly url?: string | undefined;
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
export function simWhere(
  flags: WhereFlags,
  context: Context | undefined,
  api: () => Promise<ApiClient>,
): SimWhere {
  const platform = flags.url === undefined && context !== undefined && context.kind !== 'mqtt';
  const {url, username, password, protocolVersion = 4, trust} = brokerAddress(flags, context);
  if (platform && context.mqttUrl === undefined)
    throw new IotctlError('IOT_CONTEXT_MISSING', 'the context names no MQTT address');
  return {
    brokers: [{target: parseBrokerTarget(url), trust}],
    urls: [url],
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
