/** A user's SQL over one tenant's tables: guarded, read-only, and bounded in time, rows and bytes. */
import type {DuckDBConnection, DuckDBPreparedStatement, DuckDBResult} from '@duckdb/node-api';
import type {QueryValue} from '../domain/query.js';
import {REGISTRY_TABLES} from '../domain/query-schema.js';
import type {Freshness} from '../domain/stats.js';
import {seeWholeTables} from './archive/one-table.js';
import {seeConnections} from './connections-view.js';
import {interruptible} from './interruptible.js';
import {jsonBytes, jsonOf} from './json-values.js';
import {limitToDevices, visibleTables} from './limited-view.js';
import {bindParameters} from './query-parameters.js';
import {bringRegistryTables, type LoadRows, type RegistryAccess} from './registry-tables.js';
import {type ChunkedResult, streamChunks} from './result-chunks.js';
import {guardStatement} from './statement-guard.js';
import {queryError} from './store-errors.js';
import type {TenantDatabase} from './tenant-database.js';

export interface QueryRequest {
  readonly sql: string;
  /** For `?` and `$1` by number, for `$name` by name. */
  readonly parameters?: Readonly<Record<string, QueryValue>>;
  /** How long it may work; the time in which its reader takes the rows does not count. */
  readonly timeoutMs: number;
  /** All rows where it is absent. */
  readonly maxRows?: number;
  /** Only rows of these devices; all where it is absent. */
  readonly devices?: readonly string[];
  /** Of what is in the registry; nothing where it is absent. */
  readonly registry?: RegistryAccess;
  /** Waits until everything is stored that was in the stream when it was asked. */
  readonly consistent?: boolean;
}

/** Rows are JSON-safe; see `json-values.ts` for how each type is shown. */
export interface QueryResult {
  readonly columns: readonly QueryColumn[];
  readonly rows: readonly (readonly unknown[])[];
  /** There were more rows than `maxRows`, or more bytes than a result may have. */
  readonly truncated: boolean;
  readonly elapsedMs: number;
  readonly freshness: Freshness;
}

export interface QueryColumn {
  readonly name: string;
  readonly type: string;
}

/** Of the registry, or of events: made for a question that names them. */
const MADE_TABLES = [...Object.keys(REGISTRY_TABLES), 'connections'];

const RESULT_BYTES_MAX = 64 * 1024 * 1024;

/** Runs one query until `signal` says that its time is over. */
export async function runQuery(
  database: TenantDatabase,
  request: QueryRequest,
  {signal, load}: {signal: AbortSignal; load: LoadRows},
): Promise<Omit<QueryResult, 'freshness'>> {
  const startMs = performance.now();
  return await database.withConnection(async connection => {
    try {
      const rows = await interruptible(connection, signal, async () =>
        fetchRows(await ask(connection, {database, load}, request), request.maxRows),
      );
      return {...rows, elapsedMs: Math.round(performance.now() - startMs)};
    } catch (error) {
      signal.throwIfAborted();
      throw queryError(error, database.file);
    }
  });
}

/** Where a question is asked, and where the rows of the registry come from. */
export interface Asking {
  readonly database: TenantDatabase;
  readonly load: LoadRows;
}

/** Makes the connection ready for this caller and asks; rows are computed as they are fetched. */
export async function ask(
  connection: DuckDBConnection,
  asking: Asking,
  request: QueryRequest,
): Promise<ChunkedResult> {
  return await streamChunks(connection, await questionOf(connection, asking, request));
}

/** The guarded statement, as `wrap` makes it; what comes out begins the question's transaction and prepares it there. */
export async function questionOf(
  connection: DuckDBConnection,
  {database: {tenant, archive}, load}: Asking,
  {sql, devices, registry = {}, parameters = {}}: QueryRequest,
  wrap = (text: string): string => text,
): Promise<() => Promise<DuckDBPreparedStatement>> {
  const tables = devices && (await visibleTables(connection, tenant));
  const only = tables && [...tables, ...MADE_TABLES];
  const {text, names} = await guardStatement(connection, sql, {only});
  return async () => {
    await connection.run('BEGIN TRANSACTION READ ONLY');
    const needed = {tables: names.has('connections') ? new Set([...names, 'events']) : names};
    if (tables) await limitToDevices(connection, tenant, {devices, tables, archive, needed});
    else await seeWholeTables(connection, tenant, archive, needed);
    await seeConnections(connection, names);
    await bringRegistryTables(connection, {tenant, load, access: registry}, names);
    const prepared = await connection.prepare(wrap(text));
    bindParameters(prepared, parameters);
    return prepared;
  };
}

function columnsOf(result: DuckDBResult): QueryColumn[] {
  const names = result.columnNames();
  return result.columnTypes().map((type, index) => ({name: names[index]!, type: type.alias ?? String(type)}));
}

/** Takes chunk after chunk and stops early, so that no result is ever in memory as a whole. */
async function fetchRows(
  {result, chunks}: ChunkedResult,
  maxRows = Number.POSITIVE_INFINITY,
): Promise<Omit<QueryResult, 'elapsedMs' | 'freshness'>> {
  const columns = columnsOf(result);
  const rows: unknown[][] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
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
