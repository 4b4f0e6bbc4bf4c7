/**
 * The strings of a batch, each stored once. Any JavaScript string comes back as it was, lone surrogates included:
 * one byte a character where all fit, two otherwise.
 */
import {VARINT_BYTES_MAX, type VarintReader, writeVarint} from './varint.js';

const ONE_BYTE_EACH = /^[\0-\xff]*$/;

export class StringTable {
  readonly #indexes = new Map<string, number>();
  #characters = 0;

  /** The string's number in this table; adds it when it is new. */
  indexOf(text: string): number {
    const known = this.#indexes.get(text);
    if (known !== undefined) return known;
    const index = this.#indexes.size;
    this.#characters += text.length;
    this.#indexes.set(text, index);
    return index;
  }

  /** No table of these strings takes more bytes than this. */
  get bytesMax(): number {
    return VARINT_BYTES_MAX * (this.#indexes.size + 1) + 2 * this.#characters;
  }

  /** Writes the table at `at`; returns where it ends. */
  writeTo(target: Buffer, at: number): number {
    let next = writeVarint(target, at, this.#indexes.size);
    for (const text of this.#indexes.keys()) {
      const wide = !ONE_BYTE_EACH.test(text);
      next = writeVarint(target, next, text.length * 2 + (wide ? 1 : 0));
      next += target.write(text, next, wide ? 'utf16le' : 'latin1');
    }
    return next;
  }
}

/** Reads a table as `StringTable.writeTo` wrote it. */
export function readStrings(bytes: Buffer, reader: VarintReader): string[] {
  const count = reader.next();
  const strings: string[] = [];
  for (let index = 0; index < count; index++) {
    const size = reader.next();
    const wide = (size & 1) === 1;
    const end = reader.at + (size >>> 1) * (wide ? 2 : 1);
    if (end > bytes.length) throw new RangeError('a string is longer than the batch');
    strings.push(bytes.toString(wide ? 'utf16le' : 'latin1', reader.at, end));
    reader.at = end;
  }
  return strings;
}
