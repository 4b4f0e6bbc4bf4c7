/**
 * Reads what devices said about commands and what the gateway said about connections, from the stream, with a cursor of
 * its own: a crash between an event and its effect loses nothing.
 */
import type {StoredEvent} from '../domain/event.js';
import type {StreamReader} from '../stream/event-stream.js';
import type {Logger} from './log.js';

const CURSOR = 'control';
const BATCH = 2000;

/** The cursor is moved this often; what lies between is read again after a crash, which changes nothing. */
const CURSOR_EVERY_MS = 1000;

export class NotableConsumer {
  readonly #reader: StreamReader;
  readonly #handle: (event: StoredEvent) => Promise<void>;
  readonly #logger: Logger;
  #work: Promise<void> = Promise.resolve();
  #done = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(reader: StreamReader, handle: (event: StoredEvent) => Promise<void>, logger: Logger) {
    this.#reader = reader;
    this.#handle = handle;
    this.#logger = logger;
  }

  /** Reads everything that was missed, then follows what the gateway points at. */
  async start(): Promise<void> {
    const head = this.#reader.head();
    let offset = Math.max(this.#reader.cursor(CURSOR) ?? head, this.#reader.first());
    while (offset < head) {
      const events = await this.#reader.read(offset, BATCH);
      for (const event of events) await this.#take(event);
      if (events.length === 0) break;
      offset = events.at(-1)!.offset + 1;
    }
    this.#done = head;
    await this.#reader.moveCursor(CURSOR, head);
    this.#timer = setInterval(() => this.#moveCursor(), CURSOR_EVERY_MS);
  }

  /** Everything before `head` is on disk, and of it only `offsets` matter here. */
  committed(head: number, offsets: readonly number[]): void {
    if (offsets.length === 0) {
      void this.#after(async () => {
        this.#done = Math.max(this.#done, head);
      });
      return;
    }
    void this.#after(async () => {
      for (const offset of offsets) {
        if (offset < this.#done) continue;
        const [event] = await this.#reader.read(offset, 1);
        if (event) await this.#take(event);
      }
      this.#done = Math.max(this.#done, head);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#work;
    this.#moveCursor();
  }

  #after(step: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(step).catch((error: Error) => {
      this.#logger.error({part: 'control', reason: error.message}, 'an event could not be read');
    });
    return this.#work;
  }

  async #take(event: StoredEvent): Promise<void> {
    try {
      await this.#handle(event);
    } catch (error) {
      this.#logger.error(
        {part: 'control', offset: event.offset, type: event.type, reason: (error as Error).message},
        'an event had no effect',
      );
    }
  }

  #moveCursor(): void {
    this.#reader.moveCursor(CURSOR, this.#done).catch((error: Error) => {
      this.#logger.warn({part: 'control', reason: error.message}, 'the cursor could not be moved');
    });
  }
}
