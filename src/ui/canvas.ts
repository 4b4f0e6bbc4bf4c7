import {Writable} from 'node:stream';
import type {Terminal} from './terminal.js';

/**
 * The terminal as ink sees it: one that is never too low. A frame that does not fit would make ink clear the terminal and with it
 * what the user had scrolled away; frames here are made to fit, and a changed size is dealt with at the next frame.
 */
export class Canvas extends Writable {
  readonly isTTY = true;
  readonly rows = Infinity;
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    super({decodeStrings: false});
    this.#terminal = terminal;
  }

  get columns(): number {
    return this.#terminal.columns;
  }

  /** Done at once: at the exit of a process there is no later. */
  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    this.#terminal.write(chunk);
    done();
  }
}
