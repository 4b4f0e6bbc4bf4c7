/** Where a platform keeps everything, and who holds it. All of it is readable by its owner only. */
import {chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {IotctlError} from '../domain/errors.js';
import {type FolderLock, lockFolder} from '../registry/folder-lock.js';

export interface DataFolder {
  readonly path: string;
  readonly stream: string;
  readonly store: string;
  /** Parquet files of days that have left the store, in hive layout. */
  readonly archive: string;
  readonly registry: string;
  readonly sessions: string;
  /** Contents of files that are no events. */
  readonly files: string;
  /** What consumers write, unless it goes elsewhere. */
  readonly consumers: string;
  /** The platform's own keys. */
  readonly keys: string;
  /** Its authority and its certificates. */
  readonly tls: string;
  readonly logFile: string;
  /** The admin token of the first start, for the context that `up` writes. */
  readonly adminToken: TokenFile;
  /** Tells other processes who holds the folder. */
  describe(holder: Holder): void;
  release(): void;
}

export interface TokenFile {
  read(): string | undefined;
  write(secret: string): void;
}

/** What a running platform writes beside its lock, for `up` on the same folder to name. */
export interface Holder {
  readonly pid: number;
  readonly apiUrl: string;
  readonly startedAt: string;
}

const HOLDER_FILE = 'platform.json';

/** Creates and locks the folder; throws `IOT_DATA_HELD` naming the holder. */
export function openDataFolder(folder: string): DataFolder {
  const path = resolve(folder);
  const parts = {
    stream: join(path, 'stream'),
    store: join(path, 'store'),
    archive: join(path, 'archive'),
    registry: join(path, 'registry'),
    sessions: join(path, 'sessions'),
    files: join(path, 'files'),
    consumers: join(path, 'consumers'),
    keys: join(path, 'keys'),
    tls: join(path, 'tls'),
  };
  for (const part of [path, ...Object.values(parts)]) makePrivate(part);
  const lock = lockFolder(path);
  if (!lock) throw new IotctlError('IOT_DATA_HELD', `${path} is held by ${describeHolder(path)}`);
  return {
    path,
    ...parts,
    logFile: join(path, 'platform.log'),
    adminToken: tokenFile(join(path, 'admin-token')),
    ...holding(path, lock),
  };
}

function holding(path: string, lock: FolderLock): Pick<DataFolder, 'describe' | 'release'> {
  const file = join(path, HOLDER_FILE);
  return {
    describe(holder) {
      writeFileSync(`${file}.new`, JSON.stringify(holder), {mode: 0o600});
      renameSync(`${file}.new`, file);
    },
    release() {
      rmSync(file, {force: true});
      lock.release();
    },
  };
}

function tokenFile(file: string): TokenFile {
  return {
    read() {
      try {
        return readFileSync(file, 'utf8').trim();
      } catch {
        return undefined;
      }
    },
    write: secret => writeFileSync(file, `${secret}\n`, {mode: 0o600}),
  };
}

function makePrivate(folder: string): void {
  try {
    mkdirSync(folder, {recursive: true, mode: 0o700});
    chmodSync(folder, 0o700);
  } catch (error) {
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `cannot use ${folder} as a data folder: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

function describeHolder(path: string): string {
  try {
    const holder = JSON.parse(readFileSync(join(path, HOLDER_FILE), 'utf8')) as Holder;
    return `process ${holder.pid} since ${holder.startedAt}, at ${holder.apiUrl}`;
  } catch {
    return 'a platform that is just starting or stopping';
  }
}
