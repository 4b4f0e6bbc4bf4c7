/** What an authenticated identity may do, asked at CONNECT, PUBLISH, SUBSCRIBE and again at each delivery. */
import type {DeviceIdentity, Identity} from '../domain/identity.js';
import type {ModelRef} from '../domain/model.js';
import {
  deviceMaySubscribe,
  devicePrefix,
  expandAlias,
  isDownTopic,
  parseChildTopic,
  parseUpTopic,
  serviceMayPublish,
  serviceMayReceive,
  serviceMaySubscribe,
  type UpTopic,
} from '../domain/topic.js';
import type {Sender} from './event-of-publish.js';

/** As much of a device as it takes to know what it may say. */
export type Speaker = Pick<DeviceIdentity, 'tenant' | 'device' | 'children' | 'model'> & {
  readonly generation?: string | undefined;
};

/** The prefix of a device's own topics; an application has none. */
export const prefixOf = (identity: Identity): string =>
  identity.kind === 'device' ? devicePrefix(identity.tenant, identity.device) : '';

/** What a device means by publishing to a topic, canonical or `me/…`; undefined where it may not. */
export function upTopicOf(topic: string, prefix: string): UpTopic | undefined {
  const canonical = expandAlias(topic, prefix);
  return canonical.startsWith(prefix) ? parseUpTopic(canonical.slice(prefix.length)) : undefined;
}

/** What a device says, for itself or as the field gateway of a child. */
export interface Spoken {
  readonly sender: Sender;
  readonly topic: UpTopic;
  /** The topic that applications know it by: the speaker's own, whoever carried it. */
  readonly canonical: string;
  /** Of the speaker; undefined where it is not described. */
  readonly model: ModelRef | undefined;
}

export function spokenBy(
  {tenant, device, generation, children, model}: Speaker,
  topic: string,
): Spoken | undefined {
  const prefix = devicePrefix(tenant, device);
  const canonical = expandAlias(topic, prefix);
  if (canonical.startsWith(prefix)) {
    const own = parseUpTopic(canonical.slice(prefix.length));
    return own && {sender: {tenant, device, generation}, topic: own, canonical, model};
  }
  const told = parseChildTopic(canonical, prefix);
  if (!told || children?.has(told.child) !== true) return undefined;
  const meaning = parseUpTopic(told.suffix);
  return (
    meaning && {
      sender: {tenant, device: told.child, via: device},
      topic: meaning,
      canonical: devicePrefix(tenant, told.child) + told.suffix,
      model: children.get(told.child),
    }
  );
}

/** The only legal will of a device is its own status; an application's is any topic that it may publish to. */
export function mayLeaveWill(identity: Identity, topic: string): boolean {
  return identity.kind === 'device'
    ? upTopicOf(topic, prefixOf(identity))?.kind === 'status'
    : serviceMayPublish(topic, identity);
}

export function maySubscribe(identity: Identity, filter: string): boolean {
  if (filter.startsWith('$')) return false;
  return identity.kind === 'device'
    ? deviceMaySubscribe(expandAlias(filter, prefixOf(identity)), prefixOf(identity))
    : serviceMaySubscribe(filter, identity);
}

export function mayReceive(identity: Identity, topic: string): boolean {
  if (identity.kind === 'service') return serviceMayReceive(topic, identity);
  const prefix = prefixOf(identity);
  if (topic.startsWith(prefix)) return isDownTopic(topic.slice(prefix.length));
  const told = parseChildTopic(topic, prefix);
  return told !== undefined && identity.children?.has(told.child) === true && isDownTopic(told.suffix);
}
