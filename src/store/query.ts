/** A user's SQL over one tenant's tables: guarded, read-only, and bounded in time, rows and bytes. */
import type {DuckDBConnection, DuckDBResult} from '@duckdb/node-api';
import {IotctlError} from '../domain/errors.js';
import {seeWholeTables} from './archive/one-table.js';
import {jsonBytes, jsonOf} from './json-values.js';
import {limitToDevices, visibleTables} from './limited-view.js';
import {guardStatement} from './statement-guard.js';
import {queryError} from './store-errors.js';
import type {TenantDatabase} from './tenant-database.js';

export interface QueryRequest {
  readonly sql: string;
  readonly timeoutMs: number;
  readonly maxRows: number;
  /** Only rows of these devices; all where it is absent. */
  readonly devices?: readonly string[];
}

/** Rows are JSON-safe; see `json-values.ts` for how each type is shown. */
export interface QueryResult {
  readonly columns: readonly {readonly name: string; readonly type: string}[];
  readonly rows: readonly (readonly unknown[])[];
  /** There were more rows than `maxRows`, or more bytes than a result may have. */
  readonly truncated: boolean;
  readonly elapsedMs: number;
}

const RESULT_BYTES_MAX = 64 * 1024 * 1024;

/** An interruption that arrives between two statements is lost, so it is repeated. */
const INTERRUPT_EVERY_MS = 20;

/** Runs one query until `signal` says that its time is over. */
export async function runQuery(
  database: TenantDatabase,
  request: QueryRequest,
  signal: AbortSignal,
): Promise<QueryResult> {
  const startMs = performance.now();
  return await database.withConnection(async connection => {
    const stopInterrupting = interruptOn(signal, connection);
    try {
      const rows = await readRows(connection, database, request);
      return {...rows, elapsedMs: Math.round(performance.now() - startMs)};
    } catch (error) {
      signal.throwIfAborted();
      throw queryError(error, database.file);
    } finally {
      stopInterrupting();
    }
  });
}

function interruptOn(signal: AbortSignal, connection: DuckDBConnection): () => void {
  let repeat: NodeJS.Timeout | undefined;
  const begin = (): void => {
    connection.interrupt();
    repeat = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, {once: true});
  return () => {
    signal.removeEventListener('abort', begin);
    clearInterval(repeat);
  };
}

async function readRows(
  connection: DuckDBConnection,
  {tenant: catalog, archive}: TenantDatabase,
  {sql, maxRows, devices}: QueryRequest,
): Promise<Omit<QueryResult, 'elapsedMs'>> {
  const tables = devices && (await visibleTables(connection, catalog));
  const statement = await guardStatement(connection, sql, {only: tables});
  await connection.run('BEGIN TRANSACTION READ ONLY');
  if (tables) await limitToDevices(connection, catalog, {devices, tables, archive});
  else await seeWholeTables(connection, catalog, archive);
  const prepared = await connection.prepare(statement);
  if (prepared.parameterCount > 0) {
    throw new IotctlError(
      'IOT_QUERY_INVALID',
      'the query has parameters, but there is nothing to bind to them',
    );
  }
  return await fetchRows(await prepared.stream(), maxRows);
}

/** Takes chunk after chunk and stops early, so that no result is ever in memory as a whole. */
async function fetchRows(result: DuckDBResult, maxRows: number): Promise<Omit<QueryResult, 'elapsedMs'>> {
  const names = result.columnNames();
  const columns = result
    .columnTypes()
    .map((type, index) => ({name: names[index]!, type: type.alias ?? String(type)}));
  const rows: unknown[][] = [];
  let bytes = 0;
  for (let chunk = await result.fetchChunk(); chunk !== null; chunk = await result.fetchChunk()) {
    if (chunk.rowCount === 0) break;
    // Row by row: a chunk of 2048 long strings would not fit into memory as JavaScript's.
    for (let index = 0; index < chunk.rowCount; index++) {
      if (rows.length >= maxRows || bytes >= RESULT_BYTES_MAX) return {columns, rows, truncated: true};
      const row = chunk.getRowValues(index).map(jsonOf);
      bytes += jsonBytes(row);
      rows.push(row);
    }
  }
  return {columns, rows, truncated: false};
}
