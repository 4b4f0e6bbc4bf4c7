/** So many at once, so many waiting, and no more. */
import {IotctlError} from '../domain/errors.js';

export class Slots {
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly waitingMax: number,
  ) {}

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Waits for a slot; give it back with the function that comes out. Throws `IOT_PART_UNAVAILABLE` when too many wait. */
  async take(signal: AbortSignal): Promise<() => void> {
    if (this.#taken < this.atOnce) this.#taken++;
    else await this.#wait(signal);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken--;
      else next();
    };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.waitingMax) {
      throw new IotctlError('IOT_PART_UNAVAILABLE', `${this.waitingMax} queries are waiting already`);
    }
    await new Promise<void>((resolve, reject) => {
      const entry = (): void => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, {once: true});
      this.#waiting.push(entry);
    });
  }
}
