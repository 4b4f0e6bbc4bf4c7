/** Where the events of a tail go, when they are not printed. */
import type {CloudEvent} from '../../domain/cloud-event.js';

export interface EventSink {
  /** Aborts when going on has become useless; `finish` then throws why. */
  readonly failed: AbortSignal;
  /** Resolves when there is room for the next one. Throws what makes going on useless. */
  take(event: CloudEvent): Promise<void>;
  /** Makes what is done with last, where that takes more than doing it. */
  sync?(): Promise<void>;
  /** Once all that was taken is done with. Throws where not all of it went well. */
  finish(): Promise<void>;
  /** Gives up what is not done. */
  abandon(): Promise<void>;
}
