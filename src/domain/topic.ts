/**
 * The topic grammar: what a device and an application may publish and subscribe to. Deny by default; topics and
 * filters are compared segment by segment, never as prefix strings.
 */

import {decide} from './access.js';
import type {ServiceIdentity} from './identity.js';
import {isComponent, isName} from './ids.js';

export const TOPIC_LEVELS_MAX = 16;
export const TOPIC_BYTES_MAX = 512;

export const SEVERITIES = ['critical', 'major', 'minor', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a device says with a topic below its own prefix. */
export type UpTopic =
  | {readonly kind: 'telemetry'; readonly component: string}
  | {readonly kind: 'event'; readonly severity: Severity; readonly type: string}
  | {readonly kind: 'command'; readonly id: string; readonly stage: 'ack' | 'progress' | 'result'}
  | {readonly kind: 'status'}
  | {readonly kind: 'heartbeat'}
  | {readonly kind: 'tamper'}
  | {readonly kind: 'twin'}
  | {readonly kind: 'twin-get'};

/** Topics that always are the same, and what they say. */
const PLAIN_TOPICS: Readonly<Record<string, 'status' | 'heartbeat' | 'tamper' | 'twin' | 'twin-get'>> = {
  status: 'status',
  hb: 'heartbeat',
  tamper: 'tamper',
  'twin/reported': 'twin',
  'twin/get': 'twin-get',
};

const ALIAS = 'me/';
const COMMAND_STAGES: readonly string[] = ['ack', 'progress', 'result'];

export const devicePrefix = (tenant: string, device: string): string => `t/${tenant}/d/${device}/`;

export const usesAlias = (topic: string): boolean => topic.startsWith(ALIAS);

/** Of what a field gateway says for the devices behind it: `d/{child}/…` follows. */
export const gatewayPrefix = (tenant: string, gateway: string): string => `t/${tenant}/g/${gateway}/`;

/** The gateway's prefix of the device whose own prefix this is. */
const gatewayPrefixOf = (prefix: string): string => {
  const [, tenant, , device] = prefix.split('/');
  return gatewayPrefix(tenant!, device!);
};

/**
 * `me/…` is the same for all devices, so that their firmware can be; the broker fills in the identity. `me/d/{child}/…`
 * is what a field gateway says for a child.
 */
export function expandAlias(topic: string, prefix: string): string {
  if (!usesAlias(topic)) return topic;
  const rest = topic.slice(ALIAS.length);
  return rest.startsWith('d/') ? gatewayPrefixOf(prefix) + rest : prefix + rest;
}

export function shortenToAlias(topic: string, prefix: string): string {
  if (topic.startsWith(prefix)) return ALIAS + topic.slice(prefix.length);
  const ofGateway = gatewayPrefixOf(prefix);
  return topic.startsWith(ofGateway) ? ALIAS + topic.slice(ofGateway.length) : topic;
}

/** `t/{tenant}/g/{gateway}/d/{child}/{suffix}`, of that gateway. */
export function parseChildTopic(
  canonical: string,
  prefix: string,
): {child: string; suffix: string} | undefined {
  const ofGateway = gatewayPrefixOf(prefix);
  if (!canonical.startsWith(`${ofGateway}d/`)) return undefined;
  const rest = canonical.slice(ofGateway.length + 2);
  const slash = rest.indexOf('/');
  return slash <= 0 ? undefined : {child: rest.slice(0, slash), suffix: rest.slice(slash + 1)};
}

/** What a topic means after the device's own prefix (`telemetry/motor`), or undefined where it is not one to publish. */
export function parseUpTopic(suffix: string): UpTopic | undefined {
  if (suffix === 'telemetry') return {kind: 'telemetry', component: ''};
  const parts = suffix.split('/');
  const [first, second, third] = parts;
  if (first === 'telemetry' && parts.length === 2 && isComponent(second!))
    return {kind: 'telemetry', component: second!};
  if (Object.hasOwn(PLAIN_TOPICS, suffix)) return {kind: PLAIN_TOPICS[suffix]!};
  if (first === 'event' && parts.length === 3 && isSeverity(second!) && isName(third!)) {
    return {kind: 'event', severity: second, type: third!};
  }
  if (first === 'cmd' && parts.length === 3 && COMMAND_STAGES.includes(third!)) {
    return {kind: 'command', id: second!, stage: third as 'ack' | 'progress' | 'result'};
  }
  return undefined;
}

const isSeverity = (text: string): text is Severity => (SEVERITIES as readonly string[]).includes(text);

/** The desired document of a device's twin, and patches of it. */
export const TWIN_DOWN = 'twin/desired';

/** The topics that the platform sends to a device, below its own prefix. */
const DOWN_FILTERS = ['cmd/#', 'error', TWIN_DOWN];

/** Of what the platform sends: what a device, or a child of a field gateway, may receive. */
export const isDownTopic = (suffix: string): boolean =>
  filterMatches('cmd/+/+', suffix) || suffix === 'error' || suffix === TWIN_DOWN;

/** May a device subscribe to this filter? Only below its own prefixes, and only where the platform talks down. */
export function deviceMaySubscribe(filter: string, prefix: string): boolean {
  if (filter.startsWith(prefix)) return DOWN_FILTERS.some(down => filterCovers(prefix + down, filter));
  const ofGateway = gatewayPrefixOf(prefix);
  return (
    filter.startsWith(ofGateway) && DOWN_FILTERS.some(down => filterCovers(`${ofGateway}d/+/${down}`, filter))
  );
}

/** What a service may subscribe to whose roles have `event:read`: its tenant's telemetry, events, status, twins. */
const READ_FILTERS = ['d/+/telemetry', 'd/+/telemetry/+', 'd/+/event/+/+', 'd/+/status', 'd/+/twin/reported'];

export function serviceMaySubscribe(filter: string, service: ServiceIdentity): boolean {
  return serviceFilters(service, true).some(granted => filterCovers(granted, filter));
}

export function serviceMayPublish(topic: string, service: ServiceIdentity): boolean {
  return serviceFilters(service, false).some(granted => filterMatches(granted, topic));
}

/** May this message still be given to that application? Asked for each delivery. */
export function serviceMayReceive(topic: string, service: ServiceIdentity): boolean {
  if (!serviceFilters(service, true).some(granted => filterMatches(granted, topic))) return false;
  const {devices} = service;
  const device = devices === 'all' ? undefined : deviceOfTopic(topic);
  return device === undefined || (devices as ReadonlySet<string>).has(device);
}

/** `t/{tenant}/d/{device}/…`: whose topic it is; undefined where it is no device's. */
function deviceOfTopic(topic: string): string | undefined {
  const [root, , kind, device] = topic.split('/', 4);
  return root === 't' && kind === 'd' ? device : undefined;
}

function serviceFilters(service: ServiceIdentity, reading: boolean): string[] {
  const root = `t/${service.tenant}/`;
  const filters = service.topics.map(topic => root + topic);
  return reading && decide(service.access, 'event:read').allowed
    ? [...filters, ...READ_FILTERS.map(filter => root + filter)]
    : filters;
}

/** Is a topic matched by a filter? (MQTT 3.1.1, 4.7) */
export function filterMatches(filter: string, topic: string): boolean {
  const want = filter.split('/');
  const have = topic.split('/');
  if (topic.startsWith('$') !== filter.startsWith('$')) return false;
  for (const [index, segment] of want.entries()) {
    if (segment === '#') return true;
    if (index >= have.length) return false;
    if (segment !== '+' && segment !== have[index]) return false;
  }
  return want.length === have.length;
}

/** Is every topic that `inner` matches also matched by `outer`? Both have to be valid filters. */
export function filterCovers(outer: string, inner: string): boolean {
  const wide = outer.split('/');
  const narrow = inner.split('/');
  for (const [index, segment] of wide.entries()) {
    if (segment === '#') return true;
    const other = narrow[index];
    if (other === undefined || other === '#') return false;
    if (segment !== '+' && segment !== other) return false;
  }
  return wide.length === narrow.length;
}

/** Is this a well-formed topic filter? (MQTT 3.1.1, 4.7.1; the limits are ours) */
export function isTopicFilter(filter: string): boolean {
  if (!withinLimits(filter)) return false;
  const segments = filter.split('/');
  return segments.every(
    (segment, index) =>
      segment === '+' || (segment === '#' ? index === segments.length - 1 : !/[+#]/.test(segment)),
  );
}

/** Is this a well-formed topic name to publish to? */
export const isTopicName = (topic: string): boolean => withinLimits(topic) && !/[+#]/.test(topic);

function withinLimits(topic: string): boolean {
  return (
    topic.length > 0 &&
    Buffer.byteLength(topic) <= TOPIC_BYTES_MAX &&
    topic.split('/').length <= TOPIC_LEVELS_MAX &&
    !topic.includes('\0')
  );
}
