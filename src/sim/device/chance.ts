/** What a device draws for one purpose. Streams of other purposes and devices have nothing to do with it. */
import type {Distribution} from '../model/behaviour.js';
import {sample} from '../model/distribution.js';
import {draw, keyOf, STREAM_PLACES, seedStream} from '../model/random-stream.js';

/** Where a stream stands while it draws: an array for each of tens of thousands of devices would cost more than all that they draw. */
const numbers = new Float64Array(STREAM_PLACES);

export class Chance {
  #count: number;
  readonly #firstKey: number;
  readonly #secondKey: number;

  /** `device` is its number in the whole run, however many processes share that. */
  constructor(seed: number, device: number, purpose: string) {
    seedStream(numbers, 0, keyOf(`${seed}/${device}`), keyOf(purpose));
    this.#count = numbers[0]!;
    this.#firstKey = numbers[1]!;
    this.#secondKey = numbers[2]!;
  }

  /** From 0 to below 1. */
  next(): number {
    this.#take();
    return this.#put(draw(numbers, 0));
  }

  /** Milliseconds, never below 0. */
  delayMs(distribution: Distribution): number {
    this.#take();
    return this.#put(sample(distribution, numbers, 0));
  }

  /** Comes true so often; 0 to 1. */
  happens(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  #take(): void {
    numbers[0] = this.#count;
    numbers[1] = this.#firstKey;
    numbers[2] = this.#secondKey;
  }

  #put(drawn: number): number {
    this.#count = numbers[0]!;
    return drawn;
  }
}
