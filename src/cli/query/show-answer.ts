/** Asks, and prints the answer in the format that was chosen: what the command and the prompt share. */
import type {ApiClient} from '../../client/api-client.js';
import type {Query, QueryResult} from '../../client/query-api.js';
import type {StreamFormat} from '../../domain/query.js';
import {sayFreshness} from '../freshness.js';
import {onTerminalErr, say, stdoutClosed, writeOut} from '../stdout.js';

/** What is said of an answer beside its rows. */
export function sayOf(result: QueryResult, {timed}: {timed: boolean}): void {
  const {rows, truncated, elapsedMs} = result;
  if (truncated)
    say(
      `Only the first ${rows.length} rows are shown; there are more. Pass a larger --max-rows, or take them all as -o csv, ndjson or parquet.`,
    );
  else if (timed && onTerminalErr()) {
    say(`${rows.length} ${rows.length === 1 ? 'row' : 'rows'} in ${elapsedMs} ms.`);
    sayFreshness(result);
  }
}

/** A plan is text already. */
export async function writePlan({rows}: QueryResult): Promise<void> {
  await writeOut(`${rows.map(cells => String(cells.at(-1))).join('\n')}\n`);
}

/** Every row, as it comes. */
export async function writeStream(api: ApiClient, asked: Query, format: StreamFormat): Promise<void> {
  const pieces = api.queryStream({...asked, format}, stdoutClosed);
  let piece = await pieces.next();
  for (; piece.done !== true; piece = await pieces.next()) await writeOut(piece.value);
  if (piece.value?.truncated === true)
    say(`Only the first ${piece.value.rows} rows are written; there are more. Pass a larger --max-rows.`);
}
