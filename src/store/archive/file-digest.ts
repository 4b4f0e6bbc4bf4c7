/** What a file holds, in short. */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';

export interface FileDigest {
  readonly bytes: number;
  /** In hex (FIPS 180-4). */
  readonly sha256: string;
}

const CHUNK_BYTES = 1024 * 1024;

export async function digestOf(path: string): Promise<FileDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, {highWaterMark: CHUNK_BYTES}) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return {bytes, sha256: hash.digest('hex')};
}
