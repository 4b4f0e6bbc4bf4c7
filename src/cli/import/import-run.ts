/** Moves rows in, in batches, a few at a time: what became of each is told as soon as the platform has said so. */
import type {ImportMode, ImportResult, ImportRow} from '../../domain/device-import.js';
import {IotctlError} from '../../domain/errors.js';
import type {InputRow} from './input-row.js';
import type {MadeSecrets} from './made-secrets.js';
import type {RowResult} from './results-file.js';

export interface ImportTask {
  readonly rows: AsyncIterable<InputRow>;
  readonly mode: ImportMode;
  /** Of the rows that say nothing themselves. */
  readonly credential: 'make' | 'none';
  /** With nothing to make, and for a dry run, there are none. */
  readonly secrets: MadeSecrets | undefined;
  readonly send: (rows: readonly ImportRow[], mode: ImportMode) => Promise<{items: ImportResult[]}>;
  /** With which nothing has to be done any more. */
  readonly done: ReadonlySet<string>;
  readonly failuresMax: number;
  readonly signal: AbortSignal;
  readonly settled: (results: readonly RowResult[]) => Promise<void>;
}

export interface ImportEnd {
  /** The whole input was read and sent. */
  readonly complete: boolean;
  /** What ended it before that. */
  readonly fatal: unknown;
}

const BATCH_ROWS = 500;
/** Roughly: rows of much metadata go in smaller batches. */
const BATCH_CHARACTERS = 1024 * 1024;

/** The platform writes one while it reads the next. */
const BATCHES_AT_ONCE = 2;

export async function runImport(task: ImportTask): Promise<ImportEnd> {
  const run = new ImportRun(task);
  const sending = new Set<Promise<void>>();
  try {
    for await (const batch of batches(task.rows, task.done)) {
      if (!run.goesOn()) break;
      const sent = run.batch(batch).finally(() => sending.delete(sent));
      sending.add(sent);
      if (sending.size >= BATCHES_AT_ONCE) await Promise.race(sending);
    }
  } catch (error) {
    run.fatal ??= error;
  }
  await Promise.all(sending);
  return {complete: run.goesOn(), fatal: run.fatal};
}

class ImportRun {
  readonly #task: ImportTask;
  #failures = 0;
  fatal: unknown;

  constructor(task: ImportTask) {
    this.#task = task;
  }

  goesOn(): boolean {
    const {signal, failuresMax} = this.#task;
    return this.fatal === undefined && !signal.aborted && this.#failures < failuresMax;
  }

  /** Never rejects: what ends the import is kept. */
  async batch(rows: readonly InputRow[]): Promise<void> {
    try {
      const results = await this.#send(rows);
      this.#failures += results.filter(({outcome}) => outcome === 'failed').length;
      await this.#task.settled(results);
    } catch (error) {
      this.fatal ??= error;
    }
  }

  async #send(rows: readonly InputRow[]): Promise<RowResult[]> {
    const {send, mode} = this.#task;
    const readable = rows.filter(row => 'device' in row);
    const wanted = await this.#withCredentials(readable);
    const {items} = wanted.length === 0 ? {items: []} : await send(wanted, mode);
    await this.#keep(readable, items);
    const answers = new Map(readable.map((row, index) => [row.line, items[index]!]));
    return rows.map(row => resultOf(row, answers.get(row.line)));
  }

  async #withCredentials(rows: readonly ReadableRow[]): Promise<ImportRow[]> {
    const ids = rows.filter(row => this.#isMade(row)).map(({id}) => id);
    const made = await this.#task.secrets?.make(ids);
    return rows.map(row => {
      const {credential = {kind: 'none'}, device} = row;
      if (this.#isMade(row)) return {...device, credential: made?.get(row.id) ?? {kind: 'none'}};
      return {...device, credential: credential.kind === 'make' ? {kind: 'none'} : credential};
    });
  }

  /** A secret of a device that has it is kept; the others are of nobody. */
  async #keep(rows: readonly ReadableRow[], items: readonly ImportResult[]): Promise<void> {
    const {secrets} = this.#task;
    if (!secrets) return;
    const made = items.filter((_, index) => this.#isMade(rows[index]!));
    await secrets.keep(
      made.flatMap(({id, credential}) =>
        credential ? {id, username: credential.username, keyId: credential.id} : [],
      ),
    );
    secrets.forget(made.filter(({credential}) => credential === null).map(({id}) => id));
  }

  #isMade({credential}: ReadableRow): boolean {
    return (credential?.kind ?? this.#task.credential) === 'make';
  }
}

type ReadableRow = Extract<InputRow, {device: unknown}>;

function resultOf(row: InputRow, answer: ImportResult | undefined): RowResult {
  const {line, id} = row;
  if ('error' in row) return {line, id, outcome: 'failed', code: row.error.code, message: row.error.message};
  const {outcome, code, message} = answer!;
  return {line, id, outcome, code, message};
}

/** Rows that are done are passed over; an id that came before is an error. */
async function* batches(
  rows: AsyncIterable<InputRow>,
  done: ReadonlySet<string>,
): AsyncGenerator<InputRow[]> {
  const lines = new Map<string, number>();
  let batch: InputRow[] = [];
  let characters = 0;
  for await (const row of rows) {
    const {id, line} = row;
    const before = id === '' ? undefined : lines.get(id);
    if (before === undefined) lines.set(id, line);
    else {
      batch.push({
        id,
        line,
        error: new IotctlError('IOT_DEVICE_EXISTS', `${id} is in line ${before} already`),
      });
      continue;
    }
    if (done.has(id)) continue;
    batch.push(row);
    if ('device' in row) characters += JSON.stringify(row.device).length;
    if (batch.length < BATCH_ROWS && characters < BATCH_CHARACTERS) continue;
    yield batch;
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield batch;
}
