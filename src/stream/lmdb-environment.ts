/** The LMDB environment of a stream: two tables, `batches` (see `batch-key.ts`) and `cursors` (name → offset). */
import {chmod, mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {type Database, open, type RootDatabase} from 'lmdb';
import {IotctlError} from '../domain/errors.js';
import {makeSafeToMap} from './data-file.js';
import {storageError} from './storage-error.js';

export interface Environment {
  readonly folder: string;
  readonly root: RootDatabase<Buffer, Uint8Array>;
  readonly batches: Database<Buffer, Uint8Array>;
  readonly cursors: Database<Buffer, Uint8Array>;
}

/**
 * Address space that is set aside, not memory and not disk. LMDB would map the file anew each time that it outgrows its
 * map, and keep the old maps; starting with more than most streams ever need avoids that. Windows would fill the disk.
 */
const MAP_BYTES = process.platform === 'win32' ? undefined : 2 ** 35;

/**
 * Opens the stream's environment, and creates it when it is not there; readable by this user only. Every thread of this
 * process shares what the first one opened, so all open with the same settings.
 * Throws `IOT_DATA_CORRUPT` naming the file when it is no stream.
 */
export async function openEnvironment(folder: string): Promise<Environment> {
  const dataFile = join(folder, 'data.mdb');
  let root: RootDatabase<Buffer, Uint8Array> | undefined;
  try {
    await mkdir(folder, {recursive: true, mode: 0o700});
    await chmod(folder, 0o700);
    await makeSafeToMap(dataFile);
    root = openRoot(folder);
    const batches = root.openDB({name: 'batches', encoding: 'binary', keyEncoding: 'binary'});
    const cursors = root.openDB({name: 'cursors', encoding: 'binary', keyEncoding: 'binary'});
    return {folder, root, batches, cursors};
  } catch (error) {
    await root?.close();
    throw storageError(error, dataFile);
  }
}

function openRoot(folder: string): RootDatabase<Buffer, Uint8Array> {
  const settings = {
    path: folder,
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    maxDbs: 2,
    permissionsMode: 0o600,
    // With overlapping syncs, other threads would see events that a power failure can still take back.
    overlappingSync: false,
    // Otherwise each batch is part of a larger one that LMDB ends a turn later: a second promise that nobody awaits,
    // and a transaction that could wait for this thread while this thread waits for it.
    eventTurnBatching: false,
    ...(MAP_BYTES === undefined ? {} : {mapSize: MAP_BYTES}),
  } as const;
  return open<Buffer, Uint8Array>(settings);
}

/**
 * Throws when LMDB has given up on the file, which it does when it could not write its meta page. Every asynchronous
 * write would then wait for ever, until each thread of this process has closed the stream.
 */
export function checkUsable({folder, root}: Environment): void {
  try {
    root.transactionSync(() => undefined);
  } catch (error) {
    throw new IotctlError(
      'IOT_PART_UNAVAILABLE',
      `The event stream in ${folder} could not be written, and has to be opened again.`,
      {cause: error},
    );
  }
}

/** Bytes of the pages that hold something; what retention has removed is not among them. */
export function liveBytes({batches}: Environment): number {
  const stats = batches.getStats() as {
    pageSize: number;
    treeBranchPageCount: number;
    treeLeafPageCount: number;
    overflowPages: number;
  };
  return (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages) * stats.pageSize;
}

/** Size of the file, which never shrinks: pages that were freed are written again. */
export function fileBytes({root}: Environment): number {
  const stats = root.getStats() as {lastPageNumber: number; pageSize: number};
  return (stats.lastPageNumber + 1) * stats.pageSize;
}
