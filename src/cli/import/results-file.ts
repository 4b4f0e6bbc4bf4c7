/** What became of each row, in a file: CSV or NDJSON. */
import {type FileHandle, open} from 'node:fs/promises';
import {csvLine} from '../../domain/csv.js';
import type {ImportOutcome} from '../../domain/device-import.js';
import type {ErrorCode} from '../../domain/errors.js';
import {IotctlError} from '../../domain/errors.js';
import {stringify} from '../output.js';

export interface RowResult {
  /** In the input, from 1. */
  readonly line: number;
  readonly id: string;
  readonly outcome: ImportOutcome;
  readonly code: ErrorCode | null;
  readonly message: string | null;
}

const COLUMNS = ['line', 'id', 'outcome', 'code', 'message'] as const;

export class ResultsFile implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #csv: boolean;

  private constructor(file: FileHandle, csv: boolean) {
    this.#file = file;
    this.#csv = csv;
  }

  /** A new file, or that of the run before, with what is known of it already. Throws `IOT_USAGE` or `IOT_CONFLICT`. */
  static async create(path: string, known: readonly RowResult[]): Promise<ResultsFile> {
    const csv = path.endsWith('.csv');
    if (!csv && !path.endsWith('.ndjson'))
      throw new IotctlError('IOT_USAGE', `--results ${path}: its name has to end with .csv or .ndjson`);
    try {
      const results = new ResultsFile(await open(path, 'w'), csv);
      if (csv) await results.#file.appendFile(csvLine(COLUMNS));
      await results.add(known);
      return results;
    } catch (error) {
      throw new IotctlError('IOT_CONFLICT', `--results: ${(error as Error).message}`, {cause: error});
    }
  }

  async add(rows: readonly RowResult[]): Promise<void> {
    const text = rows.map(row =>
      this.#csv ? csvLine(COLUMNS.map(name => String(row[name] ?? ''))) : `${stringify(row)}\n`,
    );
    await this.#file.appendFile(text.join(''));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
