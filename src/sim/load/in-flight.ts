/** Messages that were sent and not acknowledged. A packet id is a place in these lists, and the first free one is taken. */
export class InFlight {
  readonly #sequences: number[] = [];
  readonly #dueMs: number[] = [];
  readonly #sentMs: number[] = [];
  readonly #free: number[] = [];

  get count(): number {
    return this.#sequences.length - this.#free.length;
  }

  /** Gives back the packet id (MQTT 3.1.1, 2.3.1). */
  add(sequence: number, dueMs: number, sentMs: number): number {
    const place = this.#free.pop() ?? this.#sequences.length;
    this.#sequences[place] = sequence;
    this.#dueMs[place] = dueMs;
    this.#sentMs[place] = sentMs;
    return place + 1;
  }

  dueMs(packetId: number): number {
    return this.#dueMs[packetId - 1]!;
  }

  sentMs(packetId: number): number {
    return this.#sentMs[packetId - 1]!;
  }

  /** It is acknowledged. False when there is none of that id. */
  remove(packetId: number): boolean {
    if ((this.#sequences[packetId - 1] ?? -1) < 0) return false;
    this.#sequences[packetId - 1] = -1;
    this.#free.push(packetId - 1);
    return true;
  }

  /** In the order of their sequences: that in which they were sent first. */
  all(): {readonly packetId: number; readonly sequence: number; readonly dueMs: number}[] {
    return this.#sequences
      .map((sequence, place) => ({packetId: place + 1, sequence, dueMs: this.#dueMs[place]!}))
      .filter(({sequence}) => sequence >= 0)
      .sort((a, b) => a.sequence - b.sequence);
  }
}
