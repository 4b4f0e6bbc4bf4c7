/** Work on one thing is done one after the other, work on several at once. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Begins when all earlier work with that key has ended, however it did. */
  async take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(work);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }

  /** Resolves when all that has begun, or waits, has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}
