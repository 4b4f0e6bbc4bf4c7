/** SUBSCRIBE and UNSUBSCRIBE (MQTT 3.1.1 and 5, 3.8 and 3.10). */
import type {ProtocolVersion} from './check-connect.js';
import {PropertyList} from './properties.js';
import {PLACE} from './property-table.js';
import {fieldEnd, readUint16} from './text.js';
import {checkTopicFilter, isSharedFilter, isSharedFilterWellFormed, type TopicLimits} from './topic-bytes.js';
import {malformed, protocolError, type Violation} from './violation.js';

interface WantedSubscription {
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
}

export interface Subscribe {
  readonly ok: true;
  readonly type: 'subscribe';
  readonly packetId: number;
  readonly subscriptions: readonly WantedSubscription[];
}

export interface Unsubscribe {
  readonly ok: true;
  readonly type: 'unsubscribe';
  readonly packetId: number;
  readonly filters: readonly string[];
}

interface Body {
  readonly packetId: number;
  readonly at: number;
}

const SHARED_BAD = malformed('a shared subscription without a name or a filter');

export function checkSubscribe(
  buffer: Buffer,
  bodyStart: number,
  end: number,
  version: ProtocolVersion,
  limits: TopicLimits,
): Subscribe | Violation {
  const head = readHead(buffer, bodyStart, end, version, PLACE.subscribe);
  if ('ok' in head) return head;
  const subscriptions: WantedSubscription[] = [];
  for (let at = head.at; at < end; ) {
    const filter = readFilter(buffer, at, end, version, limits);
    if (typeof filter !== 'string') return filter;
    at = fieldEnd(buffer, at, end) + 1;
    if (at > end) return malformed('a filter without options');
    const options = buffer[at - 1]!;
    const found = checkOptions(options, filter, version);
    if (found !== undefined) return found;
    subscriptions.push({filter, qos: (options & 3) as 0 | 1 | 2});
  }
  return {ok: true, type: 'subscribe', packetId: head.packetId, subscriptions};
}

export function checkUnsubscribe(
  buffer: Buffer,
  bodyStart: number,
  end: number,
  version: ProtocolVersion,
  limits: TopicLimits,
): Unsubscribe | Violation {
  const head = readHead(buffer, bodyStart, end, version, PLACE.unsubscribe);
  if ('ok' in head) return head;
  const filters: string[] = [];
  for (let at = head.at; at < end; at = fieldEnd(buffer, at, end)) {
    const filter = readFilter(buffer, at, end, version, limits);
    if (typeof filter !== 'string') return filter;
    filters.push(filter);
  }
  return {ok: true, type: 'unsubscribe', packetId: head.packetId, filters};
}

/** Packet id and properties; at least one byte of filters has to follow. */
function readHead(
  buffer: Buffer,
  bodyStart: number,
  end: number,
  version: ProtocolVersion,
  place: typeof PLACE.subscribe | typeof PLACE.unsubscribe,
): Body | Violation {
  if (bodyStart + 2 > end) return malformed('no packet id');
  const packetId = readUint16(buffer, bodyStart);
  if (packetId === 0) return protocolError('the packet id is 0');
  let at = bodyStart + 2;
  if (version === 5) {
    const list = new PropertyList(buffer, at, end, place);
    if (list.violation !== undefined) return list.violation;
    at = list.end;
  }
  return at < end ? {packetId, at} : protocolError('no topic filter');
}

function readFilter(
  buffer: Buffer,
  at: number,
  limit: number,
  version: ProtocolVersion,
  limits: TopicLimits,
): string | Violation {
  const end = fieldEnd(buffer, at, limit);
  if (end < 0) return malformed('a topic filter is cut short');
  const found = checkTopicFilter(buffer, at + 2, end, limits);
  if (found !== undefined) return found;
  const filter = buffer.toString('utf8', at + 2, end);
  return version === 5 && isSharedFilter(filter) && !isSharedFilterWellFormed(filter) ? SHARED_BAD : filter;
}

function checkOptions(options: number, filter: string, version: ProtocolVersion): Violation | undefined {
  if ((options & 3) === 3) return malformed('a subscription’s QoS is 3');
  const reserved = version === 5 ? 0xc0 : 0xfc;
  if ((options & reserved) !== 0) return malformed('reserved bits of a subscription are set');
  if (version !== 5) return undefined;
  if ((options & 0x30) === 0x30) return protocolError('a subscription’s retain handling is 3');
  const noLocal = (options & 4) !== 0;
  return noLocal && isSharedFilter(filter) ? protocolError('a shared subscription with no local') : undefined;
}
