/**
 * One platform per data folder. The lock is SQLite's own on a file of its own: the kernel lets go of it however the
 * process ends, so there is no stale lock to clean up.
 */
import {chmodSync} from 'node:fs';
import {join} from 'node:path';
import Database from 'libsql';

export interface FolderLock {
  release(): void;
}

/** Undefined when another process, or another platform in this one, holds the folder. */
export function lockFolder(folder: string): FolderLock | undefined {
  const file = join(folder, 'lock.db');
  const database = new Database(file, {timeout: 0});
  try {
    chmodSync(file, 0o600);
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (/SQLITE_BUSY|locked/.test(`${(error as {code?: string}).code} ${(error as Error).message}`))
      return undefined;
    throw error;
  }
  return {
    release() {
      database.close();
    },
  };
}
