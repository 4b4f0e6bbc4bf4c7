/** A terminal that remembers what stands on it: as much of ECMA-48 as ink writes. */
import {Socket} from 'node:net';
import type {WriteStream} from 'node:tty';

const TOKENS = /\p{Cc}\[([?\d;]*)([A-Za-z])|\n|\P{Cc}+/gu;

export class FakeTerminal extends Socket implements WriteStream {
  readonly isTTY = true;
  cursorShown = true;
  /** All that was written, with its escape sequences. */
  written = '';
  #lines: string[] = [''];
  #row = 0;

  constructor(
    public columns: number,
    public rows: number,
  ) {
    super();
  }

  /** What stands there, without empty lines at the end. */
  get lines(): string[] {
    return this.#lines.join('\n').trimEnd().split('\n');
  }

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    const text = String(chunk);
    this.written += text;
    for (const [token, parameter, order] of text.matchAll(TOKENS)) {
      if (order !== undefined) this.#obey(order, parameter ?? '');
      else if (token === '\n') this.#lines[++this.#row] ??= '';
      else this.#lines[this.#row] += token;
    }
    done();
  }

  getWindowSize(): [columns: number, rows: number] {
    return [this.columns, this.rows];
  }

  getColorDepth(): number {
    return 24;
  }

  hasColors(): boolean {
    return true;
  }

  // ink writes sequences instead.
  clearLine = notAsked;
  clearScreenDown = notAsked;
  cursorTo = notAsked;
  moveCursor = notAsked;

  /** CUU, EL and the cursor's mode; colours and columns make no difference to what stands there. */
  #obey(order: string, parameter: string): void {
    if (order === 'A') this.#row = Math.max(0, this.#row - Number(parameter || 1));
    else if (order === 'K') this.#lines[this.#row] = '';
    else if (parameter === '?25') this.cursorShown = order === 'h';
    else if (order === 'J') throw new Error('cleared what the user had on the terminal');
  }
}

function notAsked(): never {
  throw new Error('asked the terminal for what it cannot do');
}
