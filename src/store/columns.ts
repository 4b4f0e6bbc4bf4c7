/** Rows of one batch, column by column, in the memory layout of DuckDB's vectors. */
import {type DuckDBAppender, DuckDBDataChunk} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import {
  type PlacedArena,
  resolveStrings,
  type StringArena,
  type StringRef,
  writeString,
} from './string-arena.js';

/** DuckDB's vector size: a chunk holds at most this many rows. */
const CHUNK_ROWS = 2048;

/** Room that one large batch made is given back when it is more than this many rows. */
const KEPT_ROWS = 65_536;

export type ColumnKind = 'bigint' | 'timestamptz' | 'double' | 'varchar' | 'blob';

const TYPES = {
  bigint: duckdb.Type.BIGINT,
  timestamptz: duckdb.Type.TIMESTAMP_TZ,
  double: duckdb.Type.DOUBLE,
  varchar: duckdb.Type.VARCHAR,
  blob: duckdb.Type.BLOB,
} as const satisfies Record<ColumnKind, number>;

const widthOf = (kind: ColumnKind): number => (kind === 'varchar' || kind === 'blob' ? 16 : 8);

/** One column. A row is written by exactly one call; rows that got no call are NULL. */
export class Column {
  readonly #width: number;
  readonly #isText: boolean;
  #words: Uint32Array;
  #doubles: Float64Array;
  /** One bit a row, set where there is a value. */
  #valid: Uint8Array;

  constructor(readonly kind: ColumnKind) {
    this.#width = widthOf(kind);
    this.#isText = this.#width === 16;
    this.#words = new Uint32Array((CHUNK_ROWS * this.#width) / 4);
    this.#doubles = new Float64Array(this.#words.buffer);
    this.#valid = new Uint8Array(CHUNK_ROWS / 8);
  }

  setInteger(row: number, value: number): void {
    this.#mark(row);
    this.#words[row * 2] = value;
    this.#words[row * 2 + 1] = Math.floor(value / 0x1_0000_0000);
  }

  /** A point in time, in whole milliseconds; DuckDB counts microseconds. */
  setTime(row: number, timeMs: number): void {
    const micros = timeMs * 1000;
    if (Number.isSafeInteger(micros)) {
      this.setInteger(row, micros);
      return;
    }
    this.#mark(row);
    const exact = BigInt(Math.trunc(timeMs)) * 1000n;
    this.#words[row * 2] = Number(exact & 0xffff_ffffn);
    this.#words[row * 2 + 1] = Number(exact >> 32n);
  }

  setDouble(row: number, value: number): void {
    this.#mark(row);
    this.#doubles[row] = value;
  }

  setString(row: number, arena: StringArena, ref: StringRef): void {
    this.setBytes(row, arena, ref.at, ref.length);
  }

  setBytes(row: number, arena: StringArena, at: number, length: number): void {
    this.#mark(row);
    writeString(this.#words, row, arena.bytes, at, length);
  }

  /** Takes all values away, and the room beyond `rows` rows. */
  reset(rows: number): void {
    if (rows * this.#width < this.#words.byteLength) {
      this.#resize(roundUp(rows), false);
      return;
    }
    this.#valid.fill(0);
    // A NULL row must not keep the address that an earlier batch left there.
    if (this.#isText) this.#words.fill(0);
  }

  grow(rows: number): void {
    this.#resize(roundUp(rows), true);
  }

  resolve(rowCount: number, placed: PlacedArena): void {
    if (this.#isText) resolveStrings(this.#words, rowCount, placed);
  }

  /** Copies rows `from … from + count` into a vector of a chunk. */
  copyInto(vector: duckdb.Vector, from: number, count: number): void {
    duckdb.copy_data_to_vector(
      vector,
      0,
      this.#words.buffer as ArrayBuffer,
      from * this.#width,
      count * this.#width,
    );
    if (this.#allValid(from, count)) return;
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(
      vector,
      0,
      this.#valid.buffer as ArrayBuffer,
      from / 8,
      Math.ceil(count / 64) * 8,
    );
  }

  #mark(row: number): void {
    this.#valid[row >> 3]! |= 1 << (row & 7);
  }

  #allValid(from: number, count: number): boolean {
    const whole = (from + count) >> 3;
    for (let index = from >> 3; index < whole; index++) if (this.#valid[index] !== 0xff) return false;
    const rest = count & 7;
    return rest === 0 || (this.#valid[whole]! & ((1 << rest) - 1)) === (1 << rest) - 1;
  }

  #resize(rows: number, keep: boolean): void {
    const words = new Uint32Array((rows * this.#width) / 4);
    const valid = new Uint8Array(rows / 8);
    if (keep) {
      words.set(this.#words);
      valid.set(this.#valid);
    }
    this.#words = words;
    this.#valid = valid;
    this.#doubles = new Float64Array(words.buffer);
  }
}

const roundUp = (rows: number): number => Math.max(1, Math.ceil(rows / CHUNK_ROWS)) * CHUNK_ROWS;

/** The rows of one table in one batch. */
export class TableBuffer {
  rows = 0;
  #capacity = CHUNK_ROWS;
  readonly #all: readonly Column[];
  readonly #chunk: DuckDBDataChunk;
  readonly #vectors: readonly duckdb.Vector[];

  constructor(columns: readonly Column[]) {
    this.#all = columns;
    this.#chunk = new DuckDBDataChunk(
      duckdb.create_data_chunk(columns.map(column => duckdb.create_logical_type(TYPES[column.kind]))),
    );
    this.#vectors = columns.map((_, index) => duckdb.data_chunk_get_vector(this.#chunk.chunk, index));
  }

  /** The next row's number; its values are then set in the columns. */
  addRow(): number {
    if (this.rows === this.#capacity) {
      this.#capacity *= 2;
      for (const column of this.#all) column.grow(this.#capacity);
    }
    return this.rows++;
  }

  clear(): void {
    this.rows = 0;
    this.#capacity = Math.min(this.#capacity, KEPT_ROWS);
    for (const column of this.#all) column.reset(this.#capacity);
  }

  /** Appends all rows; the strings are read from where the arena was placed. */
  appendTo(appender: DuckDBAppender, placed: PlacedArena): void {
    for (const column of this.#all) column.resolve(this.rows, placed);
    for (let from = 0; from < this.rows; from += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, this.rows - from);
      duckdb.data_chunk_reset(this.#chunk.chunk);
      duckdb.data_chunk_set_size(this.#chunk.chunk, count);
      for (const [index, column] of this.#all.entries()) column.copyInto(this.#vectors[index]!, from, count);
      appender.appendDataChunk(this.#chunk);
    }
  }
}
