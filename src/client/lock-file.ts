/** A lock between processes: a file that only one of them can create. */
import {open, rm, stat} from 'node:fs/promises';
import {IotctlError} from '../domain/errors.js';

/** A holder that takes longer than this has died: its lock no longer counts. */
const STALE_MS = 5000;
const RETRY_MS = 10;
const GIVE_UP_MS = 15_000;

/** Waits until it is free; throws `IOT_TIMED_OUT` naming the file when it never is. Released when disposed. */
export async function lockFile(path: string): Promise<AsyncDisposable> {
  const giveUpAtMs = performance.now() + GIVE_UP_MS;
  while (!(await taken(path))) {
    if (performance.now() > giveUpAtMs)
      throw new IotctlError('IOT_TIMED_OUT', `${path} is held by another command`);
    await new Promise(resolve => setTimeout(resolve, RETRY_MS));
  }
  return {[Symbol.asyncDispose]: () => rm(path, {force: true})};
}

async function taken(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const held = await stat(path).catch(() => undefined);
  if (held && Math.abs(Date.now() - held.mtimeMs) > STALE_MS) await rm(path, {force: true});
  return false;
}
