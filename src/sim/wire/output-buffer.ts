/**
 * Where packets are put together before they are written: one buffer for all connections of a process, because an idle
 * connection needs none. Packets of one connection that follow each other leave in one write.
 */

/** Who has packets in the buffer. */
export interface OutputOwner {
  /** Gives the bytes to the kernel. False when it keeps a reference to them, as it could not take all of them at once. */
  writeBatch(bytes: Buffer): boolean;
}

const BUFFER_BYTES = 128 * 1024;

export class OutputBuffer {
  /** The packets of `#owner` are from `#start` to `end`; what is before `#start` the kernel may still have to read. */
  bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  end = 0;
  #start = 0;
  #owner: OutputOwner | undefined;

  /**
   * Makes room for so many bytes from `end` on. They belong to the batch once `end` is moved. Packets of another owner, and
   * a batch that becomes too long, are written first.
   */
  reserve(owner: OutputOwner, byteCount: number): void {
    if (this.#owner !== owner || this.end + byteCount > this.bytes.length) {
      this.#write();
      this.#owner = owner;
      if (this.end + byteCount > this.bytes.length) this.#renew(byteCount);
    }
  }

  /** Adds bytes that are ready. */
  append(owner: OutputOwner, packet: Uint8Array): void {
    this.reserve(owner, packet.length);
    this.bytes.set(packet, this.end);
    this.end += packet.length;
  }

  /** Writes what `owner` has in the buffer. */
  flush(owner: OutputOwner): void {
    if (this.#owner === owner) this.#write();
  }

  /** Forgets what `owner` has in the buffer: its connection is gone. */
  discard(owner: OutputOwner): void {
    if (this.#owner !== owner) return;
    this.#owner = undefined;
    this.end = this.#start;
  }

  #write(): void {
    const owner = this.#owner;
    this.#owner = undefined;
    if (owner === undefined || this.end === this.#start) return;
    const {bytes, end} = this;
    const start = this.#start;
    // As kept until told otherwise: writing may call back, and what is then put together must not overwrite it.
    this.#start = end;
    const taken = owner.writeBatch(bytes.subarray(start, end));
    if (taken && this.bytes === bytes && this.end === end) {
      this.#start = start;
      this.end = start;
    }
  }

  /** What the kernel still has to read keeps the old buffer alive. */
  #renew(byteCount: number): void {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(BUFFER_BYTES, byteCount));
    this.#start = 0;
    this.end = 0;
  }
}
