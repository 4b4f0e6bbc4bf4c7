/** Many points in time, one timer: calls back for each that has come. */

/** `setTimeout` cannot wait longer (Node clamps to 1 ms above it). */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

export class Deadlines {
  readonly #onDue: (id: string) => void;
  readonly #due = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #nextMs = Number.POSITIVE_INFINITY;

  constructor(onDue: (id: string) => void) {
    this.#onDue = onDue;
  }

  /** `atMs` is Unix milliseconds; a later call for the same id replaces the one before. */
  set(id: string, atMs: number): void {
    this.#due.set(id, atMs);
    if (atMs < this.#nextMs) this.#arm(atMs);
  }

  delete(id: string): void {
    this.#due.delete(id);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#due.clear();
  }

  #arm(atMs: number): void {
    clearTimeout(this.#timer);
    this.#nextMs = atMs;
    const delayMs = Math.min(Math.max(0, atMs - Date.now()), TIMEOUT_MS_MAX);
    this.#timer = setTimeout(() => this.#fire(), delayMs).unref();
  }

  #fire(): void {
    const nowMs = Date.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [id, atMs] of this.#due) {
      if (atMs <= nowMs) {
        this.#due.delete(id);
        this.#onDue(id);
      } else if (atMs < nextMs) {
        nextMs = atMs;
      }
    }
    this.#nextMs = nextMs;
    if (nextMs !== Number.POSITIVE_INFINITY) this.#arm(nextMs);
  }
}
