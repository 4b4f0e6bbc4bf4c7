/** Whole numbers in one to five bytes: seven bits each, the lowest first, the top bit set on all but the last. */

/** The most bytes that one number takes. */
export const VARINT_BYTES_MAX = 5;

/** Writes a whole number below 2^32; returns where the next byte goes. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest > 0x7f) {
    target[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[next++] = rest;
  return next;
}

/** Small numbers of either sign become small numbers: 0, −1, 1, −2 … are 0, 1, 2, 3 …; takes 31 bits and a sign. */
export const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;

export const unzigzag = (value: number): number => (value >>> 1) ^ -(value & 1);

/** Reads numbers one after another; throws a RangeError at the end of the bytes. */
export class VarintReader {
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {}

  next(): number {
    const {bytes} = this;
    const first = this.byte();
    if (first <= 0x7f) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = bytes[this.at++];
      if (byte === undefined) break;
      value |= (byte & 0x7f) << shift;
      if (byte <= 0x7f) return value >>> 0;
    }
    throw new RangeError(`a number that does not end, before byte ${this.at}`);
  }

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError('the bytes end too early');
    return byte;
  }
}
