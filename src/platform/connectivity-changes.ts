/** What `device.connected` and `device.disconnected` events say about who is online. */
import type {StoredEvent} from '../domain/event.js';
import type {ConnectivityChange} from '../registry/connectivity.js';

interface Told {
  readonly remote?: string;
  readonly reason?: string;
}

export function connectivityChanges(events: readonly StoredEvent[]): ConnectivityChange[] {
  return events.flatMap(({tenant, device, type, attributes, recordedMs, payload}) => {
    const {remote = null, reason = null} = JSON.parse(Buffer.from(payload).toString()) as Told;
    // The session that took over is online: the end of the one before it changes nothing.
    if (reason === 'takeover') return [];
    return {
      tenant,
      device,
      state: type === 'device.connected' ? 'online' : 'offline',
      sessionId: attributes?.sessionid ?? '',
      address: remote,
      reason,
      atMs: recordedMs,
    };
  });
}
