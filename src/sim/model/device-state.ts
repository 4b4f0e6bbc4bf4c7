/** What one device remembers: numbers in one array, which its model has laid out. */
export interface DeviceState {
  readonly numbers: Float64Array;
  /** The number of the device in its fleet. */
  readonly index: number;
  /** Of the message that is being made, in Unix milliseconds. */
  timeMs: number;
  /** Since the message before it; 0 for the first one. */
  passedMs: number;
}

/** Gives out places in that array, while a model is compiled. */
export class Layout {
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The first of `count` places. */
  take(count = 1): number {
    const first = this.#size;
    this.#size += count;
    return first;
  }
}
