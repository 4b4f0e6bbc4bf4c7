/** A file on its way to the platform, piece by piece. */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import type {FileApi} from '../../client/file-api.js';
import {IotctlError} from '../../domain/errors.js';
import {FILE_PIECE_BYTES, type StoredFile} from '../../domain/file.js';

export interface PutTask {
  readonly path: string;
  readonly name: string;
  readonly device: string | null;
  readonly contentType: string;
  readonly files: FileApi;
  readonly signal: AbortSignal;
  readonly progress: (sentBytes: number, bytes: number) => void;
  /** It was begun before, and so much of it is there. */
  readonly onResumed: (receivedBytes: number) => void;
}

/** Resolves to the file as it is when the signal aborts, too. Throws `IOT_INPUT_INVALID` for a file that cannot be read. */
export async function putFile({
  path,
  files,
  signal,
  progress,
  onResumed,
  ...told
}: PutTask): Promise<StoredFile> {
  const {bytes, digest} = await measured(path);
  let file = await files.begin({...told, bytes, digest});
  if (file.receivedBytes > 0) onResumed(file.receivedBytes);
  for await (const piece of piecesOf(path, file.receivedBytes)) {
    if (signal.aborted) return file;
    file = await files.append(file.id, file.receivedBytes, piece);
    progress(file.receivedBytes, bytes);
  }
  return signal.aborted ? file : await files.seal(file.id);
}

async function measured(path: string): Promise<{bytes: number; digest: string}> {
  try {
    if (!(await stat(path)).isFile()) throw new Error(`${path} is no file`);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of createReadStream(path)) {
      hash.update(piece as Buffer);
      bytes += (piece as Buffer).length;
    }
    return {bytes, digest: hash.digest('hex')};
  } catch (error) {
    throw new IotctlError('IOT_INPUT_INVALID', (error as Error).message, {cause: error});
  }
}

async function* piecesOf(path: string, start: number): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = [];
  let bytes = 0;
  const stream = createReadStream(path, {start, highWaterMark: FILE_PIECE_BYTES});
  for await (const read of stream as AsyncIterable<Buffer>) {
    gathered.push(read);
    bytes += read.length;
    if (bytes < FILE_PIECE_BYTES) continue;
    const all = Buffer.concat(gathered);
    yield all.subarray(0, FILE_PIECE_BYTES);
    gathered = [all.subarray(FILE_PIECE_BYTES)];
    bytes -= FILE_PIECE_BYTES;
  }
  if (bytes > 0) yield Buffer.concat(gathered);
}
