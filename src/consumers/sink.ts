/** Where a consumer's events go. */
import type {StoredEvent} from '../domain/event.js';

/**
 * Whose fault it is. `refused`: the receiver does not want this event. `away`: it takes none just now. `unclear`: either,
 * until it takes others.
 */
export type Blame = 'refused' | 'away' | 'unclear';

export interface Failure {
  readonly blame: Blame;
  /** For people; nothing secret. */
  readonly why: string;
  /** When it asked to be tried again. */
  readonly afterMs?: number | undefined;
}

export interface Sink {
  /** Events that travel together at most. */
  readonly batchMax: number;
  /** Deliveries at one time at most, whatever the consumer asks for. */
  readonly atOnceMax: number;
  /** Resolves with nothing once the receiver has all of them, durably where that is its own business. Never rejects. */
  deliver(events: readonly StoredEvent[], signal: AbortSignal): Promise<Failure | undefined>;
  close(): Promise<void>;
}
