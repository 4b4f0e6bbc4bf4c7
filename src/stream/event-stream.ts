/**
 * The event stream: one durable, ordered log. `lmdb-stream.ts` keeps it on this machine; a distributed log can
 * take its place by passing `test/stream/contract.ts`.
 */
import type {NewEvent, StoredEvent} from '../domain/event.js';

/** Called once: with the offset when the event is on disk, or with the reason why it never will be. */
export type Appended = (error: Error | undefined, offset: number) => void;

/** The one writer. Events are committed in groups, in the order in which they were appended. */
export interface StreamWriter {
  append(event: NewEvent, appended: Appended): void;
  /** The offset that the next event gets; everything before it is on disk. */
  readonly head: number;
  /** Bytes appended and not yet on disk: above its limit, whoever appends has to wait. */
  readonly pendingBytes: number;
  /** Why nothing can be appended just now (`disk full`), or undefined. Clears by itself. */
  readonly blockedBy: string | undefined;
  /** Called after each commit with the new head. */
  onCommit(listener: (head: number) => void): void;
  /** Applies retention now; also runs by itself. */
  retain(nowMs: number): Promise<void>;
  /** Commits what was appended, then closes. */
  close(): Promise<void>;
}

/** Any number of readers, in any thread; none can slow the writer or another reader. */
export interface StreamReader {
  /** The oldest offset still held. Equals `head()` when the stream is empty. */
  first(): number;
  head(): number;
  /**
   * Events from `offset` on, in order, at most `maxEvents` but at least one where there is one; empty at the head.
   * Throws `IOT_OFFSET_GONE` when `offset` is older than `first()`.
   */
  read(offset: number, maxEvents: number): Promise<StoredEvent[]>;
  /** The next offset that the named consumer has to read, or undefined when there is no such cursor. */
  cursor(name: string): number | undefined;
  cursors(): {name: string; offset: number}[];
  /** Moves a cursor; retention keeps what a cursor has not read, up to the hard limit. */
  moveCursor(name: string, offset: number): Promise<void>;
  /** Size on disk. */
  bytes(): number;
  close(): Promise<void>;
}
