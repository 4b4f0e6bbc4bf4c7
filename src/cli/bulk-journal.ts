/** What a command on many devices has done so far, one JSON object a line: an interrupted one goes on where it was. */
import {type FileHandle, open} from 'node:fs/promises';
import type {ErrorCode} from '../domain/errors.js';
import {IotctlError} from '../domain/errors.js';

export interface JournalEntry {
  readonly id: string;
  readonly outcome: 'done' | 'failed';
  readonly code?: ErrorCode;
  /** What a command says of each beyond that. */
  readonly details?: unknown;
}

export class BulkJournal implements AsyncDisposable {
  readonly path: string;
  /** Devices with which nothing has to be done any more. */
  readonly done: ReadonlySet<string>;
  /** What is written of each of them. */
  readonly entries: readonly JournalEntry[];
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle, entries: readonly JournalEntry[]) {
    this.path = path;
    this.#file = file;
    this.entries = entries;
    this.done = new Set(entries.map(({id}) => id));
  }

  /**
   * Goes on in the file, or makes it (mode 0600). `action` says what is done, such as `retire`, and where: a file belongs
   * to one of them. Throws `IOT_CONFLICT` for a file of another, `IOT_INPUT_INVALID` for one that is no journal.
   */
  static async open(path: string, action: string): Promise<BulkJournal> {
    const file = await opened(path);
    try {
      const text = await file.readFile('utf8');
      // What follows the last line end was cut off while it was written.
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      if (whole.length < text.length) await file.truncate(Buffer.byteLength(whole));
      const [head, ...entries] = whole.split('\n').filter(Boolean).map(parsedBy(path));
      if (head === undefined) await file.appendFile(`${JSON.stringify({action})}\n`);
      else checkAction(path, head, action);
      const done = entries.filter(({outcome}) => outcome === 'done') as unknown as JournalEntry[];
      return new BulkJournal(path, file, done);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async add(...entries: readonly JournalEntry[]): Promise<void> {
    const at = new Date().toISOString();
    await this.#file.appendFile(entries.map(entry => `${JSON.stringify({...entry, at})}\n`).join(''));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

type Line = Readonly<Record<string, unknown>>;

const opened = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, 'a+', 0o600);
  } catch (error) {
    throw new IotctlError('IOT_INPUT_INVALID', `--resume: ${(error as Error).message}`, {cause: error});
  }
};

const parsedBy =
  (path: string) =>
  (line: string, index: number): Line => {
    try {
      const value = JSON.parse(line) as unknown;
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Line;
    } catch {
      // Said below.
    }
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `--resume ${path}, line ${index + 1}: not a journal of iotctl`,
    );
  };

function checkAction(path: string, head: Line, action: string): void {
  if (head.action === action) return;
  throw new IotctlError(
    'IOT_CONFLICT',
    `--resume ${path} is the journal of another command: ${String(head.action)}, not ${action}`,
  );
}
