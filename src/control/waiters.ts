/** Callers that wait for a command to be over. */
export class Waiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Resolves when `ended` is called for that id, or after `waitMs`. */
  wait(id: string, waitMs: number): Promise<void> {
    return new Promise(resolve => {
      const held = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, held);
      const done = (): void => {
        clearTimeout(timer);
        held.delete(done);
        if (held.size === 0) this.#waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      held.add(done);
    });
  }

  ended(id: string): void {
    for (const done of [...(this.#waiting.get(id) ?? [])]) done();
  }

  close(): void {
    for (const held of this.#waiting.values()) for (const done of [...held]) done();
  }
}
