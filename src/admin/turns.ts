/** Work on one thing is done one after the other, in the order in which it came; on other things at the same time. */
export class Turns {
  /** The last of each thing; never rejects. */
  readonly #last = new Map<string, Promise<void>>();

  take<Result>(thing: string, work: () => Promise<Result>): Promise<Result> {
    const done = (this.#last.get(thing) ?? Promise.resolve()).then(work);
    const over: Promise<void> = done.then(
      () => this.#forget(thing, over),
      () => this.#forget(thing, over),
    );
    this.#last.set(thing, over);
    return done;
  }

  #forget(thing: string, over: Promise<void>): void {
    if (this.#last.get(thing) === over) this.#last.delete(thing);
  }
}
