/** Work at several things at once, but at each of its kind (a device) only at one after the other. */

export class OrderedWork {
  readonly #waitingMax: number;
  readonly #onFailure: () => void;
  readonly #lastOf = new Map<string, Promise<void>>();
  #waiting: (() => void)[] = [];
  #free: number;
  #pending = 0;
  #roomMade: () => void = () => {};
  #failure: {readonly error: unknown} | undefined;

  /** `onFailure` hears of the first failure when it happens, not with the next task. */
  constructor(atOnce: number, onFailure: () => void = () => {}) {
    this.#onFailure = onFailure;
    this.#free = atOnce;
    // What waits behind a slow device does not hold up the others at once.
    this.#waitingMax = atOnce * 16;
  }

  /** Resolves when there is room for more. Throws what a task threw: nothing new is begun after that. */
  async add(key: string, task: () => Promise<void>): Promise<void> {
    this.#throwFailure();
    this.#pending++;
    const before = this.#lastOf.get(key) ?? Promise.resolve();
    const done = before.then(() => this.#run(task));
    this.#lastOf.set(key, done);
    void done.then(() => {
      this.#pending--;
      if (this.#lastOf.get(key) === done) this.#lastOf.delete(key);
      this.#roomMade();
    });
    while (this.#pending > this.#waitingMax && this.#failure === undefined) await this.#room();
    this.#throwFailure();
  }

  /** Once nothing is left. Throws what a task threw. */
  async drain(): Promise<void> {
    while (this.#pending > 0) await this.#room();
    this.#throwFailure();
  }

  async #run(task: () => Promise<void>): Promise<void> {
    await this.#turn();
    try {
      if (this.#failure === undefined) await task();
    } catch (error) {
      this.#failure ??= {error};
      this.#onFailure();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  async #turn(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  #room(): Promise<void> {
    return new Promise(resolve => {
      this.#roomMade = resolve;
    });
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
