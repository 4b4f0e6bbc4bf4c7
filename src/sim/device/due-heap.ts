/** What is due next, of many things: a binary heap, so that thousands of devices need one timer. */
export interface Due {
  /** When it is due; the heap's own order, not to be changed from outside. */
  dueMs: number;
  /** Its place in the heap; -1 where it is not in it. */
  heapIndex: number;
}

export class DueHeap<Item extends Due> {
  readonly #items: Item[] = [];

  /** When the next one is due; Infinity where nothing is. */
  get nextMs(): number {
    return this.#items[0]?.dueMs ?? Infinity;
  }

  /** Puts it where it belongs, whether it was in the heap or not. Infinity takes it out. */
  set(item: Item, dueMs: number): void {
    if (dueMs === Infinity) {
      this.remove(item);
    } else if (item.heapIndex < 0) {
      item.dueMs = dueMs;
      item.heapIndex = this.#items.push(item) - 1;
      this.#up(item.heapIndex);
    } else if (dueMs < item.dueMs) {
      item.dueMs = dueMs;
      this.#up(item.heapIndex);
    } else {
      item.dueMs = dueMs;
      this.#down(item.heapIndex);
    }
  }

  remove(item: Item): void {
    const index = item.heapIndex;
    if (index < 0) return;
    item.heapIndex = -1;
    const last = this.#items.pop()!;
    if (last === item) return;
    this.#put(last, index);
    this.#up(index);
    this.#down(last.heapIndex);
  }

  /** Takes the next one out if it is due by then. */
  take(nowMs: number): Item | undefined {
    const first = this.#items[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    this.remove(first);
    return first;
  }

  #put(item: Item, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }

  #up(from: number): void {
    const item = this.#items[from]!;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#items[parent]!.dueMs <= item.dueMs) break;
      this.#put(this.#items[parent]!, index);
      index = parent;
    }
    this.#put(item, index);
  }

  #down(from: number): void {
    const item = this.#items[from]!;
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.#items.length) break;
      if (child + 1 < this.#items.length && this.#items[child + 1]!.dueMs < this.#items[child]!.dueMs)
        child++;
      if (this.#items[child]!.dueMs >= item.dueMs) break;
      this.#put(this.#items[child]!, index);
      index = child;
    }
    this.#put(item, index);
  }
}
