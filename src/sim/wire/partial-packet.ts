/** A packet of which the beginning has come: kept until the rest is there. */
import {MalformedPacket} from './malformed-packet.js';

const BYTES_FIRST = 256;
const HEADER_BYTES_MAX = 5;

export class PartialPacket {
  /** The packet's bytes, as far as they are there; only `length` of them count. */
  bytes: Buffer = Buffer.allocUnsafe(BYTES_FIRST);
  length = 0;
  /** Of the whole packet; 0 while its header is not all there. */
  #byteCount = 0;

  get whole(): boolean {
    return this.#byteCount > 0 && this.length === this.#byteCount;
  }

  /** Takes what it lacks from `source`, between `at` and `end`; gives back where it stopped. Throws `MalformedPacket`. */
  take(source: Buffer, at: number, end: number, packetBytesMax: number): number {
    let next = at;
    while (this.#byteCount === 0 && next < end) {
      this.bytes[this.length++] = source[next++]!;
      if (this.length > 1) this.#readHeader(packetBytesMax);
    }
    const count = Math.min(this.#byteCount - this.length, end - next);
    if (count <= 0) return next;
    this.#grow(this.length + count);
    source.copy(this.bytes, this.length, next, next + count);
    this.length += count;
    return next + count;
  }

  /** The remaining length ends with a byte below 0x80, the fourth at the latest (MQTT 3.1.1, 2.2.3). */
  #readHeader(packetBytesMax: number): void {
    if (this.bytes[this.length - 1]! > 0x7f) {
      if (this.length === HEADER_BYTES_MAX) throw new MalformedPacket('a remaining length of five bytes');
      return;
    }
    let remaining = 0;
    for (let at = this.length - 1; at > 0; at--) remaining = remaining * 128 + (this.bytes[at]! & 0x7f);
    this.#byteCount = this.length + remaining;
    if (this.#byteCount > packetBytesMax) throw new MalformedPacket(`a packet of ${this.#byteCount} bytes`);
  }

  /** Doubles, and never beyond the packet: what a header promises is not reserved before it comes. */
  #grow(byteCount: number): void {
    if (byteCount <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(
      Math.max(byteCount, Math.min(2 * this.bytes.length, this.#byteCount)),
    );
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
