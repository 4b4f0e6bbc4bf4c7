/** What `device.connected` and `device.disconnected` events say about who is online. */
import type {StoredEvent} from '../domain/event.js';
import type {ConnectivityChange} from '../registry/connectivity.js';

export function connectivityChanges(events: readonly StoredEvent[]): ConnectivityChange[] {
  return events
    .filter(({payload}) => reasonOf(payload) !== 'takeover')
    .map(({tenant, device, type, attributes, recordedMs}) => ({
      tenant,
      device,
      state: type === 'device.connected' ? 'online' : 'offline',
      sessionId: attributes?.sessionid ?? '',
      atMs: recordedMs,
    }));
}

/** The session that took over is online: the end of the one before it changes nothing. */
const reasonOf = (payload: Uint8Array): string | undefined =>
  (JSON.parse(Buffer.from(payload).toString()) as {reason?: string}).reason;
