/** Stored events of a tenant, as a tail asks for them. */
import type {StoredEvent} from '../domain/event.js';
import type {StreamReader} from '../stream/event-stream.js';

export interface EventQuery {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly device?: string | undefined;
  /** Exact, or a prefix that ends with `.*`. */
  readonly type?: string | undefined;
  readonly afterOffset?: number | undefined;
  readonly beforeOffset?: number | undefined;
  readonly limit: number;
  /** The newest `limit` events, in order, instead of the oldest. */
  readonly last?: boolean | undefined;
  /** Only events of these devices; all where it is absent. */
  readonly devices?: readonly string[] | undefined;
}

/**
 * `more`: others match behind the last one (before the first one with `last`). `storedUpTo`: the store has everything of this tenant before that
 * offset; the stream goes on from there.
 */
export interface EventHistory {
  readonly events: readonly StoredEvent[];
  readonly more: boolean;
  readonly storedUpTo: number;
}

/** Where a tail reads. */
export interface TailPorts {
  history(tenant: string, query: EventQuery): Promise<EventHistory>;
  readonly stream: StreamReader;
  /** Called whenever more is on disk; gives back how to stop that. */
  onHead(listener: (head: number) => void): () => void;
}
