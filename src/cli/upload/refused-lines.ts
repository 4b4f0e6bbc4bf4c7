/** Rows that were not let in: the first are said, and all of them go to a file where that is wanted. */
import {type FileHandle, open} from 'node:fs/promises';
import {csvLine} from '../../domain/csv.js';
import {IotctlError} from '../../domain/errors.js';
import {say} from '../stdout.js';
import type {RefusedLine} from './upload-run.js';

const SAID_MAX = 20;

export class RefusedLines implements AsyncDisposable {
  readonly #file: FileHandle | undefined;
  #said = 0;

  private constructor(file: FileHandle | undefined) {
    this.#file = file;
  }

  /** `path`: a CSV file, which is written anew. Throws `IOT_USAGE` where it cannot be. */
  static async open(path: string | undefined): Promise<RefusedLines> {
    if (path === undefined) return new RefusedLines(undefined);
    try {
      const file = await open(path, 'w');
      await file.appendFile(csvLine(['line', 'reason']));
      return new RefusedLines(file);
    } catch (error) {
      throw new IotctlError('IOT_USAGE', `--errors: ${(error as Error).message}`, {cause: error});
    }
  }

  async add(lines: readonly RefusedLine[]): Promise<void> {
    await this.#file?.appendFile(lines.map(({line, reason}) => csvLine([String(line), reason])).join(''));
    for (const {line, reason} of lines) {
      if (this.#said >= SAID_MAX) return;
      say(`Refused: line ${line}: ${reason}`);
      if (++this.#said === SAID_MAX)
        say(`Further rows are not said one by one: ${this.#file ? 'they are in the file' : 'see --errors'}.`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
  }
}
