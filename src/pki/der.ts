/** As much of DER (X.690) as certificates and revocation lists need: to walk through what was received, and to write a list. */

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  context0: 0xa0,
  context3: 0xa3,
} as const;

export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag, length and content. */
  readonly whole: Buffer;
}

/** The elements that follow each other in `bytes`. Throws a RangeError when a length leads outside. */
export function* derElements(bytes: Buffer): Generator<DerElement> {
  let offset = 0;
  while (offset < bytes.length) {
    const {start, length} = lengthAt(bytes, offset + 1);
    const end = start + length;
    if (end > bytes.length) throw new RangeError('a DER length leads outside');
    yield {
      tag: bytes[offset]!,
      content: bytes.subarray(start, end),
      whole: bytes.subarray(offset, end),
    };
    offset = end;
  }
}

/** The elements inside of the first element of this kind; none when there is no such element. */
export function derInside(bytes: Buffer, tag: number): DerElement[] {
  const content = derFind(bytes, tag);
  return content === undefined ? [] : [...derElements(content)];
}

/** The content of the first element of this kind. */
export function derFind(bytes: Buffer, tag: number): Buffer | undefined {
  for (const element of derElements(bytes)) if (element.tag === tag) return element.content;
  return undefined;
}

export function derElement(tag: number, ...content: readonly Buffer[]): Buffer {
  const length = content.reduce((sum, {length}) => sum + length, 0);
  return Buffer.concat([Buffer.of(tag), lengthOf(length), ...content]);
}

export const derSequence = (...content: readonly Buffer[]): Buffer => derElement(TAG.sequence, ...content);

/** Of at least zero (X.690, 8.3): a first bit of 1 would make it negative. */
export function derInteger(hex: string): Buffer {
  const digits = hex.replace(/^0+(?=.)/, '');
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  return derElement(TAG.integer, ...(bytes[0]! >= 0x80 ? [Buffer.of(0), bytes] : [bytes]));
}

/** In whole seconds; UTCTime has two digits for the year, so it ends with 2049 (RFC 5280, 4.1.2.5). */
export function derTime(timeMs: number): Buffer {
  const digits = `${new Date(timeMs).toISOString().replaceAll(/[-:T]|\.\d+Z/g, '')}Z`;
  return new Date(timeMs).getUTCFullYear() < 2050
    ? derElement(TAG.utcTime, Buffer.from(digits.slice(2)))
    : derElement(TAG.generalizedTime, Buffer.from(digits));
}

/** Unix milliseconds, or NaN. */
export function timeOf({tag, content}: DerElement): number {
  const digits = content.toString('latin1');
  const century = Number(digits.slice(0, 2)) < 50 ? '20' : '19';
  const text = tag === TAG.utcTime ? century + digits : digits;
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** Short form, and long form with a count of the length's own bytes (X.690, 8.1.3). */
function lengthAt(bytes: Buffer, offset: number): {start: number; length: number} {
  const first = bytes.readUInt8(offset);
  if (first < 0x80) return {start: offset + 1, length: first};
  const count = first & 0x7f;
  if (count === 0 || count > 4) throw new RangeError('a DER length of a form that is not allowed');
  return {start: offset + 1 + count, length: bytes.readUIntBE(offset + 1, count)};
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  const used = bytes.subarray(bytes.findIndex(byte => byte !== 0));
  return Buffer.concat([Buffer.of(0x80 | used.length), used]);
}
