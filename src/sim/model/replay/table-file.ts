/** Columns of CSV and Parquet files, read by DuckDB row by row: a file may be larger than the memory. */
import {existsSync} from 'node:fs';
import {IotctlError} from '../../../domain/errors.js';

export interface TableRow {
  /** Unix milliseconds; undefined where no column of times was asked for. */
  readonly timeMs: number | undefined;
  /** Null where the file has no value. */
  readonly value: number | boolean | string | null;
}

export interface TableColumns {
  readonly column: string;
  /** A column of times: timestamps, or numbers that are Unix seconds or milliseconds. */
  readonly time?: string | undefined;
}

/** Numbers above this are milliseconds: as seconds they would be in the year 5138. */
const SECONDS_MAX = 1e11;

/** Throws `IOT_INPUT_INVALID`, saying which file and what of it. */
export async function* readTable(file: string, {column, time}: TableColumns): AsyncGenerator<TableRow> {
  const rows = queryTable(file, (types, from) => {
    const at = time === undefined ? 'NULL' : timeExpression(file, types, time);
    return `SELECT ${at}, ${valueExpression(file, types, column)} FROM ${from}`;
  });
  for await (const [timeMs, value] of rows)
    yield {timeMs: timeMs === null ? undefined : Number(timeMs), value: value as TableRow['value']};
}

/** Types of columns by their names, in the order of the file. */
export type ColumnTypes = ReadonlyMap<string, string>;

/** The rows of a query over a file. `sql` gets the file's columns, and what to select from. Throws `IOT_INPUT_INVALID`. */
export async function* queryTable(
  file: string,
  sql: (types: ColumnTypes, from: string) => string,
): AsyncGenerator<readonly unknown[]> {
  if (!existsSync(file)) throw new IotctlError('IOT_INPUT_INVALID', `${file}: no such file`);
  const {DuckDBInstance} = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: '256MB',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const from = `${/\.parquet$/i.test(file) ? 'read_parquet' : 'read_csv'}(${literal(file)})`;
  try {
    const described = await connection.runAndReadAll(
      `SELECT column_name, column_type FROM (DESCRIBE FROM ${from})`,
    );
    const result = await connection.stream(sql(new Map(described.getRowsJS() as [string, string][]), from));
    for await (const rows of result.yieldRowsJs()) yield* rows;
  } catch (error) {
    if (error instanceof IotctlError) throw error;
    throw new IotctlError('IOT_INPUT_INVALID', `${file}: ${(error as Error).message.split('\n')[0]}`, {
      cause: error,
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Unix milliseconds of a column of times. Throws `IOT_INPUT_INVALID` for a column that is not there, or holds none. */
export const timeExpression = (file: string, types: ColumnTypes, name: string): string =>
  expressionOf(file, types, name, timeSql);

/** A number, a boolean, or a text. */
export const valueExpression = (file: string, types: ColumnTypes, name: string): string =>
  expressionOf(file, types, name, valueSql);

function expressionOf(
  file: string,
  types: ReadonlyMap<string, string>,
  name: string,
  sqlOf: (name: string, type: string) => string | undefined,
): string {
  const type = types.get(name);
  if (type === undefined)
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `${file}: no column ${name}; there are: ${[...types.keys()].join(', ')}`,
    );
  const sql = sqlOf(`"${name.replaceAll('"', '""')}"`, type);
  if (sql === undefined)
    throw new IotctlError('IOT_INPUT_INVALID', `${file}: column ${name} is ${type}, which is no time`);
  return sql;
}

const isNumber = (type: string): boolean => /INT|DECIMAL|DOUBLE|FLOAT|REAL/.test(type);

const valueSql = (name: string, type: string): string =>
  isNumber(type) ? `CAST(${name} AS DOUBLE)` : type === 'BOOLEAN' ? name : `CAST(${name} AS VARCHAR)`;

function timeSql(name: string, type: string): string | undefined {
  if (/^(?:TIMESTAMP|DATE)/.test(type)) return `CAST(epoch_ms(CAST(${name} AS TIMESTAMP)) AS DOUBLE)`;
  if (isNumber(type))
    return `CASE WHEN ${name} > ${SECONDS_MAX} THEN CAST(${name} AS DOUBLE) ELSE 1000.0 * ${name} END`;
  return undefined;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
