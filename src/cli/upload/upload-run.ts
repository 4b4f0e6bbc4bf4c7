/**
 * A file on its way up, part by part. Which rows are in which part follows from the file alone, so that an upload that was interrupted goes
 * on where it was, and no row is there twice.
 */
import type {PartAnswer, Upload, UploadRow} from '../../domain/upload.js';
import type {FileRow} from './file-rows.js';

export interface RefusedLine {
  readonly line: number;
  readonly reason: string;
}

export interface UploadTask {
  readonly rows: AsyncIterable<FileRow>;
  readonly map: (cells: Readonly<Record<string, unknown>>) => UploadRow | {readonly reason: string};
  /** The first part that is not there yet. */
  readonly nextPart: number;
  readonly send: (part: number, rows: readonly UploadRow[]) => Promise<PartAnswer>;
  readonly signal: AbortSignal;
  /** A part is there, or was before; `accepted` is 0 for what was before. */
  readonly settled: (part: {
    readonly rows: number;
    readonly accepted: number;
    readonly refused: readonly RefusedLine[];
  }) => Promise<void>;
  /** With so many refused rows nothing more is sent. */
  readonly refusedMax: number;
}

/** Rows of the file, whatever becomes of them. */
const PART_ROWS = 2000;

export type UploadEnd = 'complete' | 'interrupted' | 'too many refused';

/** What was read stays there, however it ends. */
export async function runUpload(task: UploadTask): Promise<UploadEnd> {
  let part = 0;
  let refusedCount = 0;
  for await (const rows of partsOf(task.rows)) {
    if (task.signal.aborted) return 'interrupted';
    if (part >= task.nextPart) refusedCount += await sendPart(task, part, rows);
    else await task.settled({rows: rows.length, accepted: 0, refused: []});
    part++;
    if (refusedCount >= task.refusedMax) return 'too many refused';
  }
  return task.signal.aborted ? 'interrupted' : 'complete';
}

/** Gives back how many rows were refused, here or there. */
async function sendPart(task: UploadTask, part: number, rows: readonly FileRow[]): Promise<number> {
  const refused: RefusedLine[] = [];
  const good: {line: number; row: UploadRow}[] = [];
  for (const one of rows) {
    const row = 'reason' in one ? one : task.map(one.cells);
    if ('reason' in row) refused.push({line: one.line, reason: row.reason});
    else good.push({line: one.line, row});
  }
  // A part of nothing but refused rows is a part too: those behind it keep their numbers.
  const answer = await task.send(
    part,
    good.map(({row}) => row),
  );
  for (const {row, reason} of answer.refused) refused.push({line: good[row]!.line, reason});
  refused.sort((a, b) => a.line - b.line);
  await task.settled({rows: rows.length, accepted: answer.accepted, refused});
  return refused.length;
}

async function* partsOf(rows: AsyncIterable<FileRow>): AsyncGenerator<FileRow[]> {
  let part: FileRow[] = [];
  for await (const row of rows) {
    part.push(row);
    if (part.length < PART_ROWS) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

/** How many rows there are of each kind. */
export interface UploadSum {
  readonly id: string;
  readonly state: Upload['state'] | 'checked';
  readonly rows: number;
  readonly accepted: number;
  readonly refused: number;
  /** Rows that were there before. */
  readonly before: number;
}
