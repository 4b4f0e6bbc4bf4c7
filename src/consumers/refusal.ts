/** Takes nothing, and says why: what it stands for is not allowed here. */
import type {Failure, Sink} from './sink.js';

export class Refusal implements Sink {
  readonly batchMax = 1;
  readonly atOnceMax = 1;
  readonly #why: string;

  constructor(why: string) {
    this.#why = why;
  }

  async deliver(): Promise<Failure> {
    return {blame: 'away', why: this.#why};
  }

  async close(): Promise<void> {}
}
