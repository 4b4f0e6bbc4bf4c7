/**
 * Stands between aedes and its sessions. aedes stores the filters of a SUBSCRIBE as they were sent, denied ones
 * included, and forgets that a stored message was sent before.
 */
import {Readable} from 'node:stream';
import type {Client} from 'aedes';
import {maySubscribe} from './access.js';
import {connectionOf} from './broker-hooks.js';
import type {Outbound} from './outbound.js';
import type {SessionPersistence} from './sessions/session-persistence.js';

interface StoredFilter {
  readonly topic: string;
}

export function guardSessions(sessions: SessionPersistence): SessionPersistence {
  const overrides: Record<string, unknown> = {
    /** Only filters that were allowed are stored, so that none comes back with the session. */
    addSubscriptions(client: Client, filters: StoredFilter[]): Promise<void> {
      const {identity} = connectionOf(client);
      const allowed = identity ? filters.filter(({topic}) => maySubscribe(identity, topic)) : [];
      return sessions.addSubscriptions(client, allowed as never);
    },
    /** A stored message that has a packet id was sent before: it goes out again with DUP (MQTT 3.1.1, 3.3.1-1). */
    outgoingStream(client: Client): Readable {
      const {outbound} = connectionOf(client);
      return Readable.from(markingSent(sessions.outgoingStream(client), outbound));
    },
  };
  return new Proxy(sessions, {
    get(target, name) {
      const own = typeof name === 'string' ? overrides[name] : undefined;
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
}

/** Not `stream.map`: its AbortController takes a third of what it costs to read a session without stored messages. */
async function* markingSent(
  packets: AsyncIterable<{messageId?: number}>,
  outbound: Outbound,
): AsyncGenerator<{messageId?: number}> {
  for await (const packet of packets) {
    if (packet.messageId) outbound.sentBefore(packet.messageId);
    yield packet;
  }
}
