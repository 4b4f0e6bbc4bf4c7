/** Server-sent events (WHATWG HTML, 9.2): one `data:` line an event, with its offset as id. */
import type {ServerResponse} from 'node:http';
import {toCloudEvent} from '../domain/cloud-event.js';
import type {StoredEvent} from '../domain/event.js';

/** Bytes that a reader may leave unread, and for how long, before it is cut off. */
const UNREAD_BYTES_MAX = 4 * 1024 * 1024;
const UNREAD_MS_MAX = 5000;

const PING_EVERY_MS = 15_000;

export class EventStreamReply {
  readonly #response: ServerResponse;
  readonly #ping: NodeJS.Timeout;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    });
    response.flushHeaders();
    this.#ping = setInterval(() => response.write(': ping\n\n'), PING_EVERY_MS);
  }

  /** False when the reader did not keep up: it was told where to resume, and is cut off. */
  async send(events: readonly StoredEvent[]): Promise<boolean> {
    let text = '';
    for (const event of events)
      text += `id: ${event.offset}\ndata: ${JSON.stringify(toCloudEvent(event))}\n\n`;
    this.#response.write(text === '' ? ': ready\n\n' : text);
    if (this.#response.writableLength <= UNREAD_BYTES_MAX) return true;
    if (await this.#drained()) return true;
    this.fail('IOT_TOO_SLOW', `resume after offset ${events.at(-1)?.offset ?? 0}`);
    return false;
  }

  fail(code: string, detail: string): void {
    this.#response.write(`event: error\ndata: ${JSON.stringify({code, detail})}\n\n`);
  }

  /** A reader that does not even take the end is not waited for. */
  end(): void {
    clearInterval(this.#ping);
    this.#response.end();
    setTimeout(() => this.#response.destroy(), UNREAD_MS_MAX).unref();
  }

  #drained(): Promise<boolean> {
    return new Promise(resolve => {
      const settle = (drained: boolean): void => {
        clearTimeout(timer);
        this.#response.off('drain', onDrain).off('close', onClose);
        resolve(drained);
      };
      const onDrain = (): void => settle(true);
      const onClose = (): void => settle(false);
      const timer = setTimeout(onClose, UNREAD_MS_MAX);
      this.#response.on('drain', onDrain).on('close', onClose);
    });
  }
}
