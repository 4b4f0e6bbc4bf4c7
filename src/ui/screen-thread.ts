/** Draws the live screen in a thread of its own, so that the load test's thread does nothing but load. */
import {EventEmitter} from 'node:events';
import {writeSync} from 'node:fs';
import {parentPort, workerData} from 'node:worker_threads';
import {openScreen} from './open-screen.js';
import {coloured, uncoloured} from './paint.js';
import type {ScreenOrder, ScreenSize, ScreenStart} from './screen-messages.js';
import type {Terminal} from './terminal.js';

/** A terminal that takes no more for now is asked again after this. */
const RETRY_MS = 5;

/** The streams of a thread go through the main one, which is busy; the file descriptor does not. */
class DirectTerminal extends EventEmitter implements Terminal {
  readonly #fd: number;
  #size: ScreenSize;

  constructor(fd: number, size: ScreenSize) {
    super();
    this.#fd = fd;
    this.#size = size;
  }

  get columns(): number {
    return this.#size.columns;
  }

  get rows(): number {
    return this.#size.rows;
  }

  resize(size: ScreenSize): void {
    this.#size = size;
    this.emit('resize');
  }

  write(text: Buffer | string): void {
    let rest = Buffer.from(text as string);
    while (rest.length > 0) rest = rest.subarray(this.#writeSome(rest));
  }

  #writeSome(bytes: Buffer): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      return 0;
    }
  }
}

const {fd, size, colours, closed} = workerData as ScreenStart;
const terminal = new DirectTerminal(fd, size);
const screen = openScreen(terminal, colours ? coloured : uncoloured);

parentPort!.on('message', (order: ScreenOrder) => {
  if (order.type === 'show') screen.show(order.view);
  else if (order.type === 'size') terminal.resize(order.size);
  else {
    screen[Symbol.dispose]();
    const flag = new Int32Array(closed);
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  }
});
parentPort!.postMessage('ready');
