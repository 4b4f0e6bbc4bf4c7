/**
 * All strings of one batch, end to end in one block of bytes.
 *
 * DuckDB copies a block in one call and tells its address; each string of a column is then 16 bytes that point into
 * it (`duckdb_string_t` of duckdb.h), written from JavaScript without a native call for each.
 */
import duckdb, {type Vector} from '@duckdb/node-bindings';

/** Where a string lies in the arena. */
export interface StringRef {
  readonly at: number;
  readonly length: number;
}

/** An arena that grew beyond this for one large batch is given back after it. */
const KEPT_BYTES = 8 * 1024 * 1024;
const FIRST_BYTES = 1024 * 1024;

/** A string of at most this many bytes has no address: it lies in the 16 bytes themselves. */
const INLINE_BYTES_MAX = 12;

/** Where DuckDB put its copy of the arena. `keepAlive` owns that memory: hold it until the strings have been read. */
export interface PlacedArena {
  readonly low: number;
  readonly high: number;
  readonly keepAlive: Vector;
}

export class StringArena {
  bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;
  readonly #known = new Map<string, StringRef>();

  /** A string that comes up again and again (device, type, metric): kept once a batch. */
  intern(text: string): StringRef {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#reserve(text.length * 3);
    const ref = {at: this.#length, length: this.bytes.write(text, this.#length, 'utf8')};
    this.#length += ref.length;
    this.#known.set(text, ref);
    return ref;
  }

  /** Copies bytes in and tells where they start. */
  add(bytes: Uint8Array): number {
    this.#reserve(bytes.length);
    const at = this.#length;
    this.bytes.set(bytes, at);
    this.#length += bytes.length;
    return at;
  }

  /** Hands the whole arena to DuckDB. */
  place(): PlacedArena {
    const vector = duckdb.create_vector(duckdb.create_logical_type(duckdb.Type.BLOB), 1);
    // At least 13 bytes, or DuckDB would keep them inline and there would be no address.
    const length = Math.max(this.#length, INLINE_BYTES_MAX + 1);
    duckdb.vector_assign_string_element_len(vector, 0, this.bytes.subarray(0, length));
    const entry = duckdb.vector_get_data(vector, 16);
    const view = new DataView(entry.buffer, entry.byteOffset, 16);
    return {low: view.getUint32(8, true), high: view.getUint32(12, true), keepAlive: vector};
  }

  clear(): void {
    this.#length = 0;
    this.#known.clear();
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafe(FIRST_BYTES);
  }

  #reserve(byteCount: number): void {
    if (this.#length + byteCount <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.#length + byteCount));
    this.bytes.copy(grown, 0, 0, this.#length);
    this.bytes = grown;
  }
}

/** Writes the 16 bytes of one string; those that need an address hold the place in the arena until `resolveStrings`. */
export function writeString(
  words: Uint32Array,
  row: number,
  arena: Buffer,
  at: number,
  length: number,
): void {
  const word = row * 4;
  words[word] = length;
  if (length <= INLINE_BYTES_MAX) {
    words[word + 1] = packedWord(arena, at, length);
    words[word + 2] = packedWord(arena, at + 4, length - 4);
    words[word + 3] = packedWord(arena, at + 8, length - 8);
    return;
  }
  words[word + 1] = packedWord(arena, at, 4);
  words[word + 2] = at;
  words[word + 3] = 0;
}

/** Turns places in the arena into addresses. */
export function resolveStrings(words: Uint32Array, rowCount: number, placed: PlacedArena): void {
  for (let word = 0; word < rowCount * 4; word += 4) {
    if (words[word]! <= INLINE_BYTES_MAX) continue;
    const low = placed.low + words[word + 2]!;
    words[word + 2] = low;
    words[word + 3] = low > 0xffff_ffff ? placed.high + 1 : placed.high;
  }
}

/** Up to four bytes as a little-endian word, zeros behind them, as DuckDB compares inline strings. */
function packedWord(arena: Buffer, at: number, length: number): number {
  if (length <= 0) return 0;
  if (length >= 4)
    return (arena[at]! | (arena[at + 1]! << 8) | (arena[at + 2]! << 16) | (arena[at + 3]! << 24)) >>> 0;
  let word = 0;
  for (let index = 0; index < length; index++) word |= arena[at + index]! << (8 * index);
  return word;
}
