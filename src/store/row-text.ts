/** Rows of a result as text: what `-o csv` and `-o ndjson` print, made where the rows are. */
import type {DuckDBDataChunk, DuckDBVector} from '@duckdb/node-api';
import {csvCell, csvLine} from '../domain/csv.js';
import {type StreamFormat, uniqueNames} from '../domain/query.js';
import {jsonOf} from './json-values.js';
import type {ChunkedResult} from './result-chunks.js';

/** About so much goes through the platform at once. */
const PIECE_CHARACTERS = 64 * 1024;

type TextFormat = Exclude<StreamFormat, 'parquet'>;

export interface TextPiece {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

interface RowFormat {
  readonly head: string;
  readonly row: (values: readonly unknown[]) => string;
}

/**
 * The rows in pieces of whole lines, the first with the header of CSV. Ends after `maxRows`, and then returns whether
 * there were more.
 */
export async function* textPieces(
  {result, chunks}: ChunkedResult,
  format: TextFormat,
  maxRows = Number.POSITIVE_INFINITY,
): AsyncGenerator<TextPiece, boolean> {
  const {head, row} = formatOf(format, uniqueNames(result.columnNames()));
  let text = head;
  let rows = 0;
  let left = maxRows;
  for await (const chunk of chunks) {
    const {rowCount} = chunk;
    const columns = vectorsOf(chunk);
    for (let index = 0; index < rowCount; index++) {
      if (left-- <= 0) {
        yield {bytes: Buffer.from(text), rows};
        return true;
      }
      text += row(columns.map(column => jsonOf(column.getItem(index))));
      rows++;
      if (text.length < PIECE_CHARACTERS) continue;
      yield {bytes: Buffer.from(text), rows};
      text = '';
      rows = 0;
    }
  }
  yield {bytes: Buffer.from(text), rows};
  return false;
}

// Values are taken one by one: a chunk of 2048 long strings would not fit into memory as JavaScript's.
const vectorsOf = (chunk: DuckDBDataChunk): DuckDBVector[] =>
  Array.from({length: chunk.columnCount}, (_, index) => chunk.getColumnVector(index));

function formatOf(format: TextFormat, names: readonly string[]): RowFormat {
  const csv = format === 'csv';
  const textOf = csv ? csvText : JSON.stringify;
  const before = names.map((name, index) => {
    if (csv) return index === 0 ? '' : ',';
    return `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`;
  });
  const end = csv ? '\r\n' : '}\n';
  return {
    head: csv ? csvLine(names) : '',
    row(values) {
      let text = '';
      for (let index = 0; index < values.length; index++) text += before[index]! + textOf(values[index]);
      return text + end;
    },
  };
}

/** Nothing is the empty text; lists and objects are JSON. */
function csvText(value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'string') return csvCell(value);
  const text = JSON.stringify(value);
  return typeof value === 'object' ? csvCell(text) : text;
}
