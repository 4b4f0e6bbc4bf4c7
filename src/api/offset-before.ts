/** Where in the stream a time is. */
import {parseTimeMs} from '../domain/duration.js';
import {IotctlError} from '../domain/errors.js';
import type {ApiPorts} from './ports.js';

type Ports = Pick<ApiPorts, 'history' | 'stream'>;

/** The offset behind which the events since then are: of stored ones, or of what is not stored yet. */
export async function offsetBefore(ports: Ports, tenant: string, sinceMs: number): Promise<number> {
  const {events, storedUpTo} = await ports.history(tenant, {sinceMs, limit: 1});
  return (events[0]?.offset ?? Math.min(storedUpTo, ports.stream.head())) - 1;
}

/**
 * The offset behind which somebody begins who wants to begin at `beginning`, `now`, an offset, or a time. Throws
 * `IOT_TIME_INVALID`, and `IOT_REQUEST_INVALID` for an offset that is still to come.
 */
export async function beginningAt(ports: Ports, tenant: string, text: string): Promise<number> {
  const head = ports.stream.head();
  if (text === 'beginning') return -1;
  if (text === 'now') return head - 1;
  if (!/^\d+$/.test(text)) return await offsetBefore(ports, tenant, parseTimeMs(text, Date.now()));
  const offset = Number(text);
  if (offset <= head) return offset - 1;
  throw new IotctlError('IOT_REQUEST_INVALID', `offset ${text} is still to come: the next is ${head}`);
}
