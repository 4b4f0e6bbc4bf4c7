/** Server-sent events (WHATWG HTML, 9.2): one `data:` line an event, with its offset as id. */
import type {ServerResponse} from 'node:http';
import {cloudEventJson} from '../domain/cloud-event.js';
import {IotctlError} from '../domain/errors.js';
import type {StoredEvent} from '../domain/event.js';

export interface StreamLimits {
  /** Bytes that a reader may leave unread, and for how long, before it is cut off. */
  readonly unreadBytesMax: number;
  readonly unreadMsMax: number;
  /** How long a reader that was cut off has to read what was already sent. */
  readonly lingerMs: number;
}

const LIMITS: StreamLimits = {unreadBytesMax: 4 * 1024 * 1024, unreadMsMax: 5000, lingerMs: 5000};

/** One write to the socket is about this long at most: a reader's progress shows in between. */
const WRITE_CHARACTERS = 256 * 1024;

const PING_EVERY_MS = 15_000;

/** How often a reader hears how far the stream has come, where nothing of it is for them. */
const PASSED_EVERY_MS = 1000;

/** The same event goes to many readers: it is put into words once, for as long as someone holds it. */
const frames = new WeakMap<StoredEvent, string>();

export class EventStreamReply {
  readonly #response: ServerResponse;
  readonly #limits: StreamLimits;
  readonly #ping: NodeJS.Timeout;
  #onProgress: () => void = () => {};
  /** The last offset that nothing was sent of, until it is told. */
  #passed: number | undefined;
  #toldMs = performance.now();
  #sent = -1;

  constructor(response: ServerResponse, limits = LIMITS) {
    this.#response = response;
    this.#limits = limits;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // Whoever is cut off holds no socket.
      connection: 'close',
    });
    response.flushHeaders();
    this.#ping = setInterval(() => {
      if (response.writableLength === 0 && !this.#tellPassed()) response.write(': ping\n\n');
    }, PING_EVERY_MS);
    response.once('close', () => {
      clearInterval(this.#ping);
      this.#onProgress();
    });
  }

  ready(): void {
    if (this.#response.writableEnded) return;
    this.#response.write(': ready\n\n');
  }

  /** Throws `IOT_TOO_SLOW`, naming the offset to resume after, when the reader does not keep up. */
  async send(events: readonly StoredEvent[]): Promise<void> {
    let text = '';
    for (const [index, event] of events.entries()) {
      text += frameOf(event);
      if (text.length < WRITE_CHARACTERS && index < events.length - 1) continue;
      this.#sent = event.offset;
      await this.#write(text, event.offset);
      text = '';
    }
  }

  /** An id without data moves what `Last-Event-ID` says, and is no event (WHATWG HTML, 9.2.6). */
  passed(offset: number): void {
    if (offset <= this.#sent) return;
    this.#passed = offset;
    if (performance.now() - this.#toldMs >= PASSED_EVERY_MS) this.#tellPassed();
  }

  fail({code, message}: IotctlError): void {
    if (this.#response.writableEnded) return;
    this.#response.write(`event: error\ndata: ${JSON.stringify({code, detail: message})}\n\n`);
  }

  /** Who reads on gets everything up to the end; who does not is left after a while. */
  end(): void {
    clearInterval(this.#ping);
    if (this.#response.writableEnded) return;
    this.#tellPassed();
    this.#response.end();
    const linger = setTimeout(() => this.#response.destroy(), this.#limits.lingerMs).unref();
    this.#response.once('close', () => clearTimeout(linger));
  }

  #tellPassed(): boolean {
    if (this.#passed === undefined || this.#response.writableEnded) return false;
    this.#response.write(`id: ${this.#passed}\n\n`);
    this.#passed = undefined;
    this.#toldMs = performance.now();
    return true;
  }

  async #write(text: string, lastOffset: number): Promise<void> {
    if (this.#response.writableEnded) return;
    this.#passed = undefined;
    this.#response.write(text, () => this.#onProgress());
    if (this.#keepsUp()) return;
    if (await this.#progressMade()) return;
    throw new IotctlError('IOT_TOO_SLOW', `the reader does not keep up; resume after offset ${lastOffset}`);
  }

  #keepsUp(): boolean {
    return this.#response.writableLength <= this.#limits.unreadBytesMax || this.#response.destroyed;
  }

  async #progressMade(): Promise<boolean> {
    return await new Promise<boolean>(resolve => {
      const timer = setTimeout(() => settle(false), this.#limits.unreadMsMax);
      const settle = (keepsUp: boolean): void => {
        clearTimeout(timer);
        this.#onProgress = () => {};
        resolve(keepsUp);
      };
      this.#onProgress = () => {
        if (this.#keepsUp()) settle(true);
      };
    });
  }
}

function frameOf(event: StoredEvent): string {
  const known = frames.get(event);
  if (known !== undefined) return known;
  const frame = `id: ${event.offset}\ndata: ${cloudEventJson(event)}\n\n`;
  frames.set(event, frame);
  return frame;
}
