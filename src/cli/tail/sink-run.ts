import type {CloudEvent} from '../../domain/cloud-event.js';
import type {EventSink} from './event-sink.js';

/**
 * Gives every event to the sink until they end. Whoever interrupts that waits for what is under way, not for what is
 * still to be begun. Resolves to the number of events.
 */
export async function runSink(
  events: AsyncIterable<CloudEvent>,
  sink: EventSink,
  interrupted: () => boolean,
): Promise<number> {
  let count = 0;
  try {
    for await (const event of events) {
      await sink.take(event);
      count++;
    }
  } catch (error) {
    await sink.abandon().catch(() => undefined);
    throw error;
  }
  if (interrupted()) await sink.abandon();
  else await sink.finish();
  return count;
}
