/**
 * Wills of a gateway that died. aedes publishes them minutes later, when the device may long be back, and stops at the
 * first that it may not; here they are published before the doors open, and those of nobody are forgotten.
 */
import type {PublishPacket} from 'aedes';
import type {SessionPersistence} from './sessions/session-persistence.js';

/** Owners asked for at once. */
const BATCH = 500;

/** Each is forgotten once it is published: a crash in between publishes it again. */
export async function publishOrphanedWills(
  sessions: SessionPersistence,
  publish: (will: PublishPacket) => Promise<void>,
): Promise<void> {
  const wills = sessions.wills();
  for (let start = 0; start < wills.length; start += BATCH)
    await Promise.all(
      wills.slice(start, start + BATCH).map(async will => {
        await publish(will as PublishPacket);
        sessions.forgetWill(will);
      }),
    );
}
