/** A file on its way from the platform: into `{path}.part`, where it goes on after an interruption, until it is what its digest says. */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {access, open, rename, rm} from 'node:fs/promises';
import type {FileApi} from '../../client/file-api.js';
import {IotctlError} from '../../domain/errors.js';
import type {StoredFile} from '../../domain/file.js';

export interface GetTask {
  readonly file: StoredFile;
  readonly path: string;
  readonly files: FileApi;
  readonly signal: AbortSignal;
  readonly progress: (receivedBytes: number) => void;
}

/** False when the signal aborted it. Never overwrites: throws `IOT_CONFLICT`. */
export async function getFile({file, path, files, signal, progress}: GetTask): Promise<boolean> {
  if (await isThere(path))
    throw new IotctlError('IOT_CONFLICT', `${path} is there already and is never overwritten`);
  const part = `${path}.${file.digest.slice(0, 8)}.part`;
  const target = await open(part, 'a', 0o600);
  let received = (await target.stat()).size;
  try {
    if (received > file.bytes) received = 0;
    await target.truncate(received);
    if (received < file.bytes)
      for await (const piece of files.content(file.id, received, signal)) {
        await target.appendFile(piece);
        received += piece.length;
        progress(received);
      }
    await target.datasync();
  } finally {
    await target.close();
  }
  if (signal.aborted) return false;
  if ((await digestOf(part)) !== file.digest) {
    await rm(part, {force: true});
    throw new IotctlError(
      'IOT_PLATFORM_UNREACHABLE',
      `${file.name} arrived as something else than its digest says`,
    );
  }
  await rename(part, path);
  return true;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
