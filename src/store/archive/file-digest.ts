/** What a file holds, in short. */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';

export interface FileDigest {
  readonly bytes: number;
  /** In hex (FIPS 180-4). */
  readonly sha256: string;
}

const CHUNK_BYTES = 1024 * 1024;

/** Throws what reading throws, and the reason of the signal. */
export async function digestOf(path: string, signal?: AbortSignal): Promise<FileDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  const chunks: AsyncIterable<Buffer> = createReadStream(path, {highWaterMark: CHUNK_BYTES});
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
  }
  return {bytes, sha256: hash.digest('hex')};
}
