/** What a device has yet to do because it was asked to: answer, apply, restart. Few at a time, so a sorted list does. */
interface Task {
  readonly dueMs: number;
  readonly run: () => void;
}

export class Tasks {
  #tasks: Task[] | undefined;

  /** On the machine's monotonic clock; Infinity where there is nothing to do. */
  get nextMs(): number {
    return this.#tasks?.[0]?.dueMs ?? Infinity;
  }

  add(dueMs: number, run: () => void): void {
    this.#tasks ??= [];
    const after = this.#tasks.findIndex(task => task.dueMs > dueMs);
    this.#tasks.splice(after < 0 ? this.#tasks.length : after, 0, {dueMs, run});
  }

  run(nowMs: number): void {
    while (this.nextMs <= nowMs) this.#tasks!.shift()!.run();
  }

  /** A device that loses its power forgets what it was about to do. */
  clear(): void {
    this.#tasks = undefined;
  }
}
