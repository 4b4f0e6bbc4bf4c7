/** What a device draws for one purpose. Streams of other purposes and devices have nothing to do with it. */
import type {Distribution} from '../model/behaviour.js';
import {sample} from '../model/distribution.js';
import {draw, keyOf, STREAM_PLACES, seedStream} from '../model/random-stream.js';

export class Chance {
  readonly #numbers = new Float64Array(STREAM_PLACES);

  /** `device` is its number in the whole run, however many processes share that. */
  constructor(seed: number, device: number, purpose: string) {
    seedStream(this.#numbers, 0, keyOf(`${seed}/${device}`), keyOf(purpose));
  }

  /** From 0 to below 1. */
  next(): number {
    return draw(this.#numbers, 0);
  }

  /** Milliseconds, never below 0. */
  delayMs(distribution: Distribution): number {
    return sample(distribution, this.#numbers, 0);
  }

  /** Comes true so often; 0 to 1. */
  happens(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }
}
