/**
 * Reads what devices said about commands and their twins, and what the gateway said about connections, from the stream,
 * with a cursor of its own: a crash between an event and its effect loses nothing.
 */
import {setImmediate} from 'node:timers/promises';
import type {StoredEvent} from '../domain/event.js';
import type {StreamReader} from '../stream/event-stream.js';
import type {Logger} from './log.js';

const CURSOR = 'control';
/** Each batch is one transaction, which holds the main thread: it is kept short. */
const BATCH = 200;

/** The cursor is moved this often; what lies between is read again after a crash, which changes nothing. */
const CURSOR_EVERY_MS = 1000;

/** What events mean for the registry and for control. */
export interface Effects {
  /** Of `device.connected` and `device.disconnected`, many at once, in their order; all or none. */
  connectivity(events: readonly StoredEvent[]): Promise<void>;
  /** Of what a device says about a command. */
  command(event: StoredEvent): Promise<void>;
  /** Of a tamper report. */
  tamper(event: StoredEvent): Promise<void>;
  /** Of what devices report of their twins, many at once, in their order; all or none. */
  twins(events: readonly StoredEvent[]): Promise<void>;
  /** The stream is there for the first time, or again: whatever was remembered of an earlier one is void. */
  streamBegins(head: number): Promise<void>;
}

export class NotableConsumer {
  readonly #reader: StreamReader;
  readonly #effects: Effects;
  readonly #logger: Logger;
  #work: Promise<void> = Promise.resolve();
  /** Offsets that nobody has read yet. */
  #waiting: number[] = [];
  #head = 0;
  #done = 0;
  #working = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(reader: StreamReader, effects: Effects, logger: Logger) {
    this.#reader = reader;
    this.#effects = effects;
    this.#logger = logger;
  }

  /** Reads everything that was missed, then follows what the gateway points at. */
  async start(): Promise<void> {
    const head = this.#reader.head();
    const cursor = this.#reader.cursor(CURSOR);
    if (cursor === undefined) await this.#effects.streamBegins(head);
    let offset = Math.max(cursor ?? head, this.#reader.first());
    while (offset < head) {
      const events = await this.#reader.read(offset, BATCH);
      await this.#take(events);
      if (events.length === 0) break;
      offset = events.at(-1)!.offset + 1;
    }
    this.#done = head;
    this.#head = head;
    await this.#reader.moveCursor(CURSOR, head);
    this.#timer = setInterval(() => this.#moveCursor(), CURSOR_EVERY_MS);
  }

  /** Everything before `head` is on disk, and of it only `offsets` matter here. */
  committed(head: number, offsets: readonly number[]): void {
    // What the gateway says while it ends is read at the next start.
    if (this.#closed) return;
    this.#head = Math.max(this.#head, head);
    for (const offset of offsets) if (offset >= this.#done) this.#waiting.push(offset);
    if (this.#working) return;
    if (this.#waiting.length === 0) {
      this.#done = this.#head;
      return;
    }
    this.#working = true;
    this.#work = this.#readWaiting();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#work;
    this.#moveCursor();
  }

  /** What has come by now, together; others have their turn before what comes meanwhile. */
  async #readWaiting(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closed) {
      await setImmediate();
      const head = this.#head;
      const offsets = this.#waiting.splice(0, BATCH);
      await this.#take(await this.#eventsAt(offsets));
      this.#done = this.#waiting[0] ?? head;
    }
    this.#working = false;
  }

  async #eventsAt(offsets: readonly number[]): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for (const {offset, count} of runsOf(offsets)) {
      try {
        events.push(...(await this.#reader.read(offset, count)));
      } catch (error) {
        const reason = (error as Error).message;
        this.#logger.error({part: 'control', offset, reason}, 'an event could not be read');
      }
    }
    return events;
  }

  /** Who is connected is independent of what is said about commands: neither waits for its place among the other. */
  async #take(events: readonly StoredEvent[]): Promise<void> {
    await this.#together(
      events.filter(({type}) => isConnectivity(type)),
      some => this.#effects.connectivity(some),
    );
    await this.#together(
      events.filter(({type}) => type === 'twin.reported'),
      some => this.#effects.twins(some),
    );
    for (const event of events) {
      if (isAboutCommand(event.type)) await this.#try(event, () => this.#effects.command(event));
      if (event.type === 'tamper') await this.#try(event, () => this.#effects.tamper(event));
    }
  }

  /** One that cannot be applied must not keep the others from it. */
  async #together(
    events: readonly StoredEvent[],
    effect: (events: readonly StoredEvent[]) => Promise<void>,
  ): Promise<void> {
    if (events.length === 0) return;
    try {
      await effect(events);
    } catch {
      for (const event of events) await this.#try(event, () => effect([event]));
    }
  }

  async #try({offset, type}: StoredEvent, effect: () => Promise<void>): Promise<void> {
    try {
      await effect();
    } catch (error) {
      const reason = (error as Error).message;
      this.#logger.error({part: 'control', offset, type, reason}, 'an event had no effect');
    }
  }

  #moveCursor(): void {
    this.#reader.moveCursor(CURSOR, this.#done).catch((error: Error) => {
      this.#logger.warn({part: 'control', reason: error.message}, 'the cursor could not be moved');
    });
  }
}

/** Offsets that follow on each other are read at once. */
function runsOf(offsets: readonly number[]): {offset: number; count: number}[] {
  const runs: {offset: number; count: number}[] = [];
  for (const offset of offsets) {
    const last = runs.at(-1);
    if (last !== undefined && last.offset + last.count === offset) last.count++;
    else runs.push({offset, count: 1});
  }
  return runs;
}

const isConnectivity = (type: string): boolean =>
  type === 'device.connected' || type === 'device.disconnected';

const isAboutCommand = (type: string): boolean =>
  type === 'command.ack' || type === 'command.progress' || type === 'command.result';
