/** Just enough of DER (X.690) to walk through a structure that OpenSSL has already accepted; every length is checked anyway. */

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  sequence: 0x30,
  /** `[0]` and `[3]` of a certificate: its version and its extensions. */
  context0: 0xa0,
  context3: 0xa3,
} as const;

export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
}

/** The elements that follow each other in `bytes`. Throws a RangeError when a length leads outside. */
export function* derElements(bytes: Buffer): Generator<DerElement> {
  let offset = 0;
  while (offset < bytes.length) {
    const {start, length} = derLength(bytes, offset + 1);
    if (start + length > bytes.length) throw new RangeError('a DER length leads outside');
    yield {tag: bytes[offset]!, content: bytes.subarray(start, start + length)};
    offset = start + length;
  }
}

/** The only element of a kind, or the first of it. */
export const derFind = (bytes: Buffer, tag: number): Buffer | undefined =>
  [...derElements(bytes)].find(element => element.tag === tag)?.content;

/** INTEGER, of at least zero (X.690, 8.3). */
export function derInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const content = bytes[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return Buffer.concat([Buffer.of(TAG.integer, content.length), content]);
}

/** 30 or 0x81 0xc8: short and long form (X.690, 8.1.3). */
function derLength(bytes: Buffer, offset: number): {start: number; length: number} {
  const first = bytes.readUInt8(offset);
  if (first < 0x80) return {start: offset + 1, length: first};
  const count = first & 0x7f;
  if (count === 0 || count > 4) throw new RangeError('a DER length of a form that is not allowed');
  return {start: offset + 1 + count, length: bytes.readUIntBE(offset + 1, count)};
}
