/** The rows of a file of measurements, as they are read: CSV, NDJSON or Parquet. */
import {IotctlError} from '../../domain/errors.js';
import {isJsonObject} from '../../domain/json.js';
import {openInput, textLines} from '../lines-in.js';

export const UPLOAD_FORMATS = ['csv', 'ndjson', 'parquet'] as const;
export type UploadFormat = (typeof UPLOAD_FORMATS)[number];

/** A row by the names of its columns, or what is wrong with it. */
export type FileRow = {
  /** In the file, from 1; of Parquet the row's number. */
  readonly line: number;
} & ({readonly cells: Readonly<Record<string, unknown>>} | {readonly reason: string});

/** Throws `IOT_USAGE` when nothing says what format the file has, `IOT_INPUT_INVALID` for what cannot be read at all. */
export async function* fileRows(path: string, format: UploadFormat | undefined): AsyncGenerator<FileRow> {
  switch (format ?? formatOf(path)) {
    case 'csv':
      yield* csvRows(openInput(path));
      return;
    case 'ndjson':
      yield* ndjsonRows(openInput(path));
      return;
    case 'parquet':
      yield* parquetRows(path);
  }
}

function formatOf(path: string): UploadFormat {
  if (/\.csv$/i.test(path)) return 'csv';
  if (/\.(?:ndjson|jsonl)$/i.test(path)) return 'ndjson';
  if (/\.parquet$/i.test(path)) return 'parquet';
  throw new IotctlError(
    'IOT_USAGE',
    `what format is ${path === '-' ? 'stdin' : path}? Say --format ${UPLOAD_FORMATS.join(' or ')}`,
  );
}

async function* csvRows(input: AsyncIterable<Uint8Array>): AsyncGenerator<FileRow> {
  const {csvRecords} = await import('../csv-in.js');
  let columns: readonly string[] | undefined;
  for await (const {line, cells} of csvRecords(input)) {
    if (columns === undefined) columns = namesIn(cells);
    else yield csvRow(columns, cells, line);
  }
}

function namesIn(record: readonly string[]): string[] {
  const names = record.map(name => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `line 1: twice the column ${JSON.stringify(twice.slice(0, 80))}`,
    );
  return names;
}

const csvRow = (columns: readonly string[], record: readonly string[], line: number): FileRow =>
  record.length === columns.length
    ? {line, cells: Object.fromEntries(columns.map((name, index) => [name, record[index]]))}
    : {line, reason: `${record.length} cells for ${columns.length} columns`};

async function* ndjsonRows(input: AsyncIterable<Uint8Array>): AsyncGenerator<FileRow> {
  let line = 0;
  for await (const text of textLines(input)) {
    line++;
    if (text.trim() === '') continue;
    yield ndjsonRow(text, line);
  }
}

function ndjsonRow(text: string, line: number): FileRow {
  try {
    const value = JSON.parse(text) as unknown;
    if (isJsonObject(value)) return {line, cells: value};
  } catch {
    // Said below.
  }
  return {line, reason: 'not a JSON object'};
}

async function* parquetRows(path: string): AsyncGenerator<FileRow> {
  if (path === '-') throw new IotctlError('IOT_USAGE', 'Parquet is read from a file, not from stdin');
  const {queryTable, timeExpression, valueExpression} = await import('../../sim/model/replay/table-file.js');
  let names: readonly string[] = [];
  const rows = queryTable(path, (types, from) => {
    names = [...types.keys()];
    const isTime = (name: string): boolean => /^(?:TIMESTAMP|DATE)/.test(types.get(name)!);
    const columns = names.map(name => (isTime(name) ? timeExpression : valueExpression)(path, types, name));
    return `SELECT ${columns.join(', ')} FROM ${from}`;
  });
  let line = 0;
  for await (const values of rows) {
    line++;
    yield {line, cells: Object.fromEntries(names.map((name, index) => [name, values[index]]))};
  }
}
