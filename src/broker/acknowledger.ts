/**
 * PUBACKs towards publishers. A group commit acknowledges many packets at once; all those of one connection leave in
 * one write.
 */

/** MQTT 3.1.1, 3.4: PUBACK is four bytes. MQTT 5 leaves the reason code out when it is success (3.4.2.1). */
const PUBACK = 0x40;
const PUBACK_BYTES = 4;

export class Acknowledger {
  #ids: number[] = [];
  readonly #write: (bytes: Buffer) => void;
  readonly #queue: AckQueue;

  constructor(write: (bytes: Buffer) => void, queue: AckQueue) {
    this.#write = write;
    this.#queue = queue;
  }

  acknowledge(packetId: number): void {
    if (this.#ids.length === 0) this.#queue.add(this);
    this.#ids.push(packetId);
  }

  flush(): void {
    const ids = this.#ids;
    const bytes = Buffer.allocUnsafe(ids.length * PUBACK_BYTES);
    let at = 0;
    for (const id of ids) {
      bytes[at++] = PUBACK;
      bytes[at++] = 2;
      bytes[at++] = id >> 8;
      bytes[at++] = id & 0xff;
    }
    this.#ids = [];
    this.#write(bytes);
  }
}

/** Connections that have something to acknowledge: flushed together, once the callbacks of a commit are through. */
export class AckQueue {
  #dirty: Acknowledger[] = [];
  #scheduled = false;

  add(acknowledger: Acknowledger): void {
    this.#dirty.push(acknowledger);
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const acknowledger of dirty) acknowledger.flush();
  }
}
