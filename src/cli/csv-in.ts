/** CSV that comes in (RFC 4180), record by record: the first one names the columns. */
import {Readable} from 'node:stream';
import {parse} from 'csv-parse';
import {IotctlError} from '../domain/errors.js';

export interface CsvRecord {
  /** In the file, from 1: where the record begins. */
  readonly line: number;
  /** One for each column, or not: whoever reads them says what is to be of the row. */
  readonly cells: readonly string[];
}

/** With `info`, csv-parse gives this for a record. */
interface ParsedRecord {
  readonly record: string[];
  readonly info: {readonly lines: number};
}

const RECORD_CHARACTERS_MAX = 1024 * 1024;

/** Blank lines are left out. Throws `IOT_INPUT_INVALID` for what is no CSV, with the line, and for an empty file. */
export async function* csvRecords(input: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRecord> {
  const records = Readable.from(input).compose(
    parse({
      bom: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: RECORD_CHARACTERS_MAX,
    }),
  ) as AsyncIterable<ParsedRecord>;
  let line = 1;
  let empty = true;
  try {
    for await (const {record, info} of records) {
      empty = false;
      yield {line, cells: record};
      line = info.lines + 1;
    }
  } catch (error) {
    if (error instanceof IotctlError) throw error;
    throw new IotctlError('IOT_INPUT_INVALID', (error as Error).message, {cause: error});
  }
  if (empty) throw new IotctlError('IOT_INPUT_INVALID', 'it is empty: the first line names the columns');
}
