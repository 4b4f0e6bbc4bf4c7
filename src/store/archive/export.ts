/** Writes rows out of a tenant's tables, hot and archived, in files that others read. */
import {rm} from 'node:fs/promises';
import type {DuckDBConnection} from '@duckdb/node-api';
import {IotctlError} from '../../domain/errors.js';
import type {ExportDay, ExportFormat} from '../../domain/history-export.js';
import {interruptible} from '../interruptible.js';
import {limitToDevices, visibleTables} from '../limited-view.js';
import {quoted, quotedText} from '../sql-text.js';
import type {TenantDatabase} from '../tenant-database.js';
import {DAY_MS} from './day-range.js';
import {type Needed, seeWholeTables} from './one-table.js';

export interface ExportDaysRequest {
  /** Of event time, both in Unix milliseconds: from the first, before the second. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** All where it is absent. */
  readonly tables?: readonly string[] | undefined;
  /** Only rows of these devices; all where it is absent. */
  readonly devices?: readonly string[] | undefined;
}

export interface ExportPartRequest {
  readonly devices?: readonly string[] | undefined;
  readonly table: string;
  readonly day: string;
  readonly format: ExportFormat;
}

/** `path` is the caller's to remove. */
export interface ExportedPart {
  readonly path: string;
  readonly rows: number;
}

/** The days that there are, of these tables or of all. Throws `IOT_REQUEST_INVALID` for a table that is not there. */
export async function exportDays(
  database: TenantDatabase,
  {tables: wanted, devices, ...range}: ExportDaysRequest,
  signal: AbortSignal,
): Promise<{tables: string[]; days: ExportDay[]}> {
  const needed = {...range, tables: wanted && new Set(wanted.map(table => table.toLowerCase()))};
  return await withTables(database, {devices, signal, needed}, async (connection, all) => {
    const tables = wanted ?? all;
    const days: ExportDay[] = [];
    for (const table of tables) {
      const reader = await connection.runAndReadAll(
        `SELECT CAST(CAST(time AS DATE) AS VARCHAR), count(*), CAST(bit_xor(hash("offset", time)) AS VARCHAR)
          FROM ${known(table, all)} WHERE ${within(range)} GROUP BY CAST(time AS DATE) ORDER BY CAST(time AS DATE)`,
      );
      for (const [day, rows, fingerprint] of reader.getRows())
        days.push({table, day: String(day), rows: Number(rows), fingerprint: String(fingerprint)});
    }
    return {tables: [...tables], days};
  });
}

/** Writes the rows of one day into a file of its own. They are in no particular order. */
export async function exportPart(
  database: TenantDatabase,
  {table, day, format, devices}: ExportPartRequest,
  signal: AbortSignal,
): Promise<ExportedPart> {
  const sinceMs = Date.parse(`${day}T00:00:00Z`);
  const needed = {tables: new Set([table.toLowerCase()]), sinceMs, untilMs: sinceMs + DAY_MS};
  return await withTables(database, {devices, signal, needed}, async (connection, all) => {
    const path = await database.archive.draft(format);
    try {
      const start = `CAST(${quotedText(day)} AS TIMESTAMPTZ)`;
      const ofDay = `time >= ${start} AND time < ${start} + INTERVAL 1 DAY`;
      const {rowsChanged: rows} = await connection.run(
        `COPY (SELECT ${await columnsFor(connection, known(table, all), format)} FROM ${known(table, all)}
          WHERE ${ofDay}) TO ${quotedText(path)} (${OPTIONS[format]})`,
      );
      return {path, rows};
    } catch (error) {
      await rm(path, {force: true});
      throw error;
    }
  });
}

const OPTIONS: Readonly<Record<ExportFormat, string>> = {
  parquet: 'FORMAT parquet, COMPRESSION zstd',
  csv: 'FORMAT csv, HEADER',
  ndjson: 'FORMAT json',
};

/** In one snapshot, with the tables as the caller may see them. */
async function withTables<T>(
  database: TenantDatabase,
  {devices, signal, needed}: {devices: readonly string[] | undefined; signal: AbortSignal; needed: Needed},
  use: (connection: DuckDBConnection, tables: readonly string[]) => Promise<T>,
): Promise<T> {
  const {tenant: catalog, archive} = database;
  return await database.withConnection(async connection => {
    const tables = await visibleTables(connection, catalog);
    await connection.run('BEGIN TRANSACTION READ ONLY');
    if (devices) await limitToDevices(connection, catalog, {devices, tables, archive, needed});
    else await seeWholeTables(connection, catalog, archive, needed);
    return await interruptible(connection, signal, () => use(connection, tables));
  });
}

function known(table: string, tables: readonly string[]): string {
  if (tables.includes(table)) return quoted(table);
  throw new IotctlError(
    'IOT_REQUEST_INVALID',
    `no table ${JSON.stringify(table.slice(0, 80))}; there are: ${tables.join(', ')}`,
  );
}

const within = ({sinceMs, untilMs}: Pick<ExportDaysRequest, 'sinceMs' | 'untilMs'>): string =>
  [
    ...(sinceMs === undefined ? [] : [`time >= make_timestamptz(${Math.trunc(sinceMs) * 1000})`]),
    ...(untilMs === undefined ? [] : [`time < make_timestamptz(${Math.trunc(untilMs) * 1000})`]),
    'true',
  ].join(' AND ');

/** Texts have times of RFC 3339 and bytes in base 64; Parquet has types of its own for both. */
async function columnsFor(
  connection: DuckDBConnection,
  table: string,
  format: ExportFormat,
): Promise<string> {
  if (format === 'parquet') return '*';
  const reader = await connection.runAndReadAll(`DESCRIBE ${table}`);
  return reader
    .getRows()
    .map(([name, type]) => {
      const column = quoted(String(name));
      if (type === 'TIMESTAMP WITH TIME ZONE')
        return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ') AS ${column}`;
      return type === 'BLOB' ? `base64(${column}) AS ${column}` : column;
    })
    .join(', ');
}
