/** A result as a Parquet file: DuckDB writes it beside the archive's drafts, and it leaves from there. */
import {open, rm, stat} from 'node:fs/promises';
import type {DuckDBConnection} from '@duckdb/node-api';
import {IotctlError} from '../domain/errors.js';
import type {TextPiece} from './row-text.js';
import {quotedText} from './sql-text.js';

const PIECE_BYTES = 256 * 1024;

/** A file that grows beyond this is given up: the disk is the platform's too. */
const FILE_BYTES_MAX = 2 * 1024 ** 3;
const WATCH_EVERY_MS = 100;

/** What a guarded statement becomes; rows beyond `maxRows` are left out. */
export function copyStatement(text: string, draft: string, maxRows: number | undefined): string {
  // A comment at the end of the statement ends with its line.
  const query = `(\n${text.replace(/[;\s]+$/, '')}\n)`;
  const limited = maxRows === undefined ? query : `(FROM ${query} LIMIT ${maxRows})`;
  return `COPY ${limited} TO ${quotedText(draft)} (FORMAT parquet, COMPRESSION zstd)`;
}

/** Runs the copying and gives the file's bytes, the first piece with the number of rows. The file goes in any case. */
export async function* parquetPieces(
  connection: DuckDBConnection,
  draft: string,
  copy: () => Promise<number>,
): AsyncGenerator<TextPiece, boolean> {
  try {
    let rows = await watched(connection, draft, copy);
    const file = await open(draft);
    try {
      for (;;) {
        const {bytesRead, buffer} = await file.read(new Uint8Array(PIECE_BYTES));
        if (bytesRead === 0) return false;
        yield {bytes: buffer.slice(0, bytesRead), rows};
        rows = 0;
      }
    } finally {
      await file.close();
    }
  } finally {
    await rm(draft, {force: true});
  }
}

async function watched(
  connection: DuckDBConnection,
  draft: string,
  copy: () => Promise<number>,
): Promise<number> {
  let large = false;
  const look = async (): Promise<void> => {
    const {size} = await stat(draft);
    if (size <= FILE_BYTES_MAX) return;
    large = true;
    connection.interrupt();
  };
  const timer = setInterval(() => void look().catch(() => undefined), WATCH_EVERY_MS);
  try {
    return await copy();
  } catch (error) {
    if (!large) throw error;
    throw new IotctlError('IOT_QUERY_REFUSED', `the file would be larger than ${FILE_BYTES_MAX} bytes`);
  } finally {
    clearInterval(timer);
  }
}
