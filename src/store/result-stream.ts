/**
 * A result on its way to a reader, who asks for piece after piece: DuckDB computes no further than that. Nobody waits
 * for its reader: between two pieces it holds a connection and a snapshot, and no slot.
 */
import type {DuckDBConnection} from '@duckdb/node-api';
import {IotctlError} from '../domain/errors.js';
import type {StreamFormat} from '../domain/query.js';
import {type Bounds, bounded} from './bounded.js';
import {interruptible} from './interruptible.js';
import {copyStatement, parquetPieces} from './parquet-pieces.js';
import {type Asking, ask, type QueryRequest, questionOf} from './query.js';
import type {LoadRows} from './registry-tables.js';
import {type TextPiece, textPieces} from './row-text.js';
import {queryError} from './store-errors.js';
import type {Loan, TenantDatabase} from './tenant-database.js';

export interface StreamRequest extends QueryRequest {
  readonly format: StreamFormat;
}

type Pieces = AsyncGenerator<TextPiece, boolean>;

export interface StreamBounds extends Omit<Bounds, 'restMs' | 'timeoutMs'> {
  readonly load: LoadRows;
  /** Works with the tenant's database, and minds what its errors mean. */
  readonly using: <T>(use: (database: TenantDatabase) => Promise<T>) => Promise<T>;
  /** The stream is over. */
  readonly onEnd: () => void;
}

export class ResultStream {
  readonly #request: StreamRequest;
  readonly #bounds: StreamBounds;
  readonly #over = new AbortController();
  #loan: Loan | undefined;
  #pieces: Pieces | undefined;
  /** What DuckDB is at, also when nobody waits for it any more. */
  #working: Promise<unknown> = Promise.resolve();
  #restMs: number;
  #rows = 0;
  #truncated = false;

  constructor(request: StreamRequest, bounds: StreamBounds) {
    this.#request = request;
    this.#bounds = {...bounds, endings: [...bounds.endings, this.#over.signal]};
    this.#restMs = request.timeoutMs;
  }

  /** What came so far. */
  get counts(): {rows: number; truncated: boolean} {
    return {rows: this.#rows, truncated: this.#truncated};
  }

  /**
   * The next piece; undefined behind the last one. Throws what a query throws, and it is over then. Not to be called
   * again before it answered.
   */
  async next(): Promise<Uint8Array | undefined> {
    const startMs = performance.now();
    const {timeoutMs} = this.#request;
    try {
      const found = await bounded({...this.#bounds, restMs: this.#restMs, timeoutMs}, async signal => {
        const working = this.#bounds.using(database => this.#take(database, signal));
        this.#working = working.catch(() => undefined);
        return await working;
      });
      this.#restMs -= performance.now() - startMs;
      if (found.done !== true) {
        this.#rows += found.value.rows;
        return found.value.bytes;
      }
      this.#truncated = found.value;
      await this.close();
      return undefined;
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  /** Interrupts what runs, and gives the connection back when that has ended. May be called at any time, and again. */
  async close(): Promise<void> {
    if (this.#over.signal.aborted) return;
    this.#over.abort(new IotctlError('IOT_PART_UNAVAILABLE', 'the answer was closed'));
    this.#bounds.onEnd();
    await this.#working;
    await this.#pieces?.return(false);
    await this.#loan?.giveBack();
  }

  async #take(database: TenantDatabase, signal: AbortSignal): Promise<IteratorResult<TextPiece, boolean>> {
    this.#loan ??= await database.lend(() => void this.close());
    const {connection} = this.#loan;
    try {
      return await interruptible(connection, signal, async () => {
        this.#pieces ??= await this.#begin(connection, database);
        return await this.#pieces.next();
      });
    } catch (error) {
      signal.throwIfAborted();
      throw queryError(error, database.file);
    }
  }

  async #begin(connection: DuckDBConnection, database: TenantDatabase): Promise<Pieces> {
    const {format, maxRows} = this.#request;
    const asking = {database, load: this.#bounds.load};
    if (format === 'parquet') return await this.#file(connection, asking);
    return textPieces(await ask(connection, asking, this.#request), format, maxRows);
  }

  async #file(connection: DuckDBConnection, asking: Asking): Promise<Pieces> {
    const draft = await asking.database.archive.draft('parquet');
    const begin = await questionOf(connection, asking, this.#request, text =>
      copyStatement(text, draft, this.#request.maxRows),
    );
    return parquetPieces(connection, draft, async () => {
      const reader = await (await begin()).runAndReadAll();
      return Number(reader.getRows()[0]![0]);
    });
  }
}
