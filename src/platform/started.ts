/** What has been started, so that a stop undoes it in the reverse order. */
export class Started {
  readonly #stops: (() => void | Promise<void>)[] = [];

  /** `stop` undoes what has just been started. */
  add(stop: () => void | Promise<void>): void {
    this.#stops.push(stop);
  }

  /** What does not stop cleanly does not keep the rest from it. */
  async stop(onFault: (error: Error) => void): Promise<void> {
    for (const stop of this.#stops.toReversed()) {
      try {
        await stop();
      } catch (error) {
        onFault(error as Error);
      }
    }
  }
}
