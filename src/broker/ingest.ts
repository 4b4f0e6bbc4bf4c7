/**
 * The way into the event stream. While the stream is blocked (disk full) events wait here, in order, and whoever sent
 * them waits for the acknowledgement: nothing is acknowledged that is not on disk, nothing has to be sent again.
 */
import type {NewEvent} from '../domain/event.js';
import type {Appended, StreamWriter} from '../stream/event-stream.js';

interface Waiting {
  readonly event: NewEvent;
  readonly appended: Appended;
}

/** Bytes on their way to disk above which sockets are no longer read: publishers are slowed by TCP. */
const PENDING_BYTES_HIGH = 8 * 1024 * 1024;
const PENDING_BYTES_LOW = PENDING_BYTES_HIGH / 2;

const RETRY_MS = 200;

/** Which events the main thread has to look at: commands' answers, twins and connectivity, never telemetry. */
const NOTABLE = new Set([
  'command.ack',
  'command.progress',
  'command.result',
  'device.connected',
  'device.disconnected',
  'tamper',
  'twin.reported',
]);

export class Ingest {
  readonly #stream: StreamWriter;
  readonly #waiting: Waiting[] = [];
  #retry: NodeJS.Timeout | undefined;
  #draining = false;
  #total = 0;
  readonly #resume = new Set<() => void>();
  readonly #onNotable: (offset: number) => void;

  constructor(stream: StreamWriter, onNotable: (offset: number) => void) {
    this.#stream = stream;
    this.#onNotable = onNotable;
    stream.onCommit(() => this.#resumeReaders());
  }

  /** Events on disk since the start. */
  get total(): number {
    return this.#total;
  }

  get blockedBy(): string | undefined {
    return this.#stream.blockedBy ?? (this.#waiting.length > 0 ? 'waiting for the event stream' : undefined);
  }

  /** Should a publisher's socket be left unread for now? Then `whenReady` says when to go on. */
  get full(): boolean {
    return this.#waiting.length > 0 || this.#stream.pendingBytes > PENDING_BYTES_HIGH;
  }

  whenReady(resume: () => void): void {
    this.#resume.add(resume);
  }

  forget(resume: () => void): void {
    this.#resume.delete(resume);
  }

  /** `onDisk` is called with the offset, once; never when the platform stops first. */
  append(event: NewEvent, onDisk: (offset: number) => void): void {
    const appended: Appended = (error, offset) => {
      if (error) {
        this.#wait({event, appended});
        return;
      }
      this.#total++;
      onDisk(offset);
      if (NOTABLE.has(event.type)) this.#onNotable(offset);
    };
    if (this.#waiting.length > 0 && !this.#draining) this.#wait({event, appended});
    else this.#stream.append(event, appended);
  }

  appendAsync(event: NewEvent): Promise<number> {
    return new Promise(resolve => this.append(event, resolve));
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#resume.clear();
  }

  #wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#retry ??= setTimeout(() => this.#drain(), RETRY_MS);
  }

  #drain(): void {
    this.#retry = undefined;
    if (this.#stream.blockedBy !== undefined) {
      this.#retry = setTimeout(() => this.#drain(), RETRY_MS);
      return;
    }
    this.#draining = true;
    for (const {event, appended} of this.#waiting.splice(0)) this.#stream.append(event, appended);
    this.#draining = false;
  }

  #resumeReaders(): void {
    if (this.#resume.size === 0 || this.#waiting.length > 0) return;
    if (this.#stream.pendingBytes > PENDING_BYTES_LOW) return;
    const readers = [...this.#resume];
    this.#resume.clear();
    for (const resume of readers) resume();
  }
}
