/** One file of an export: whole and in its place, or not there. */
import {createHash} from 'node:crypto';
import {mkdir, open, readdir, rename, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';

/** What an export left that was killed; those of one that runs are its own. */
export async function removeDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder, {recursive: true})) {
    const pid = DRAFT.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, name), {force: true});
  }
}

const DRAFT = /\.part-(\d+)$/;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Its bytes and their digest, in hexadecimal. */
export async function writeWholeFile(
  folder: string,
  path: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<{bytes: number; sha256: string}> {
  const target = join(folder, path);
  const draft = `${target}.part-${process.pid}`;
  await mkdir(dirname(target), {recursive: true, mode: 0o700});
  const file = await open(draft, 'w', 0o600);
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of pieces) {
      hash.update(piece);
      await file.writeFile(piece);
      bytes += piece.length;
    }
    await file.sync();
    await rename(draft, target);
    return {bytes, sha256: hash.digest('hex')};
  } finally {
    await file.close();
    await rm(draft, {force: true});
  }
}
