/** What an authenticated identity may do, asked at CONNECT, PUBLISH, SUBSCRIBE and again at each delivery. */
import type {Identity} from '../domain/identity.js';
import {
  deviceMaySubscribe,
  devicePrefix,
  expandAlias,
  filterMatches,
  parseUpTopic,
  serviceMayPublish,
  serviceMayReceive,
  serviceMaySubscribe,
  type UpTopic,
} from '../domain/topic.js';

/** The prefix of a device's own topics; an application has none. */
export const prefixOf = (identity: Identity): string =>
  identity.kind === 'device' ? devicePrefix(identity.tenant, identity.device) : '';

/** What a device means by publishing to a topic, canonical or `me/…`; undefined where it may not. */
export function upTopicOf(topic: string, prefix: string): UpTopic | undefined {
  const canonical = expandAlias(topic, prefix);
  return canonical.startsWith(prefix) ? parseUpTopic(canonical.slice(prefix.length)) : undefined;
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
  return filterMatches(`${prefix}cmd/+/+`, topic) || topic === `${prefix}error`;
}
