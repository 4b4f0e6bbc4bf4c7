import {open, rename, rm} from 'node:fs/promises';
import {reserveSecretFile} from './secret-file.js';

/**
 * Writes all of it to a new file of its owner (mode 0600), which holds nothing until it is whole. Never overwrites:
 * throws `IOT_CONFLICT`. Resolves to the number of bytes.
 */
export async function writeWhole(path: string, pieces: AsyncIterable<string>): Promise<number> {
  await using reserved = await reserveSecretFile(path);
  const part = `${path}.part`;
  const file = await open(part, 'w', 0o600);
  try {
    let bytes = 0;
    for await (const piece of pieces) bytes += (await file.write(piece)).bytesWritten;
    await file.datasync();
    await rename(part, path);
    reserved.keep();
    return bytes;
  } finally {
    await file.close();
    await rm(part, {force: true});
  }
}
