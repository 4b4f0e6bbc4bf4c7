/**
 * Writes events into files, one CloudEvent a line, which others may take away when they are whole: the one that is written to ends
 * with `.part`, and loses that when it is large or old enough.
 */
import {type FileHandle, mkdir, open, readdir, rename, statfs} from 'node:fs/promises';
import {join} from 'node:path';
import {dropTornLine} from '../delivery/line-file.js';
import {cloudEventJson} from '../domain/cloud-event.js';
import type {StoredEvent} from '../domain/event.js';
import {PART, wholeFileName} from './file-names.js';
import type {Failure, Sink} from './sink.js';

export interface FileOptions {
  readonly folder: string;
  readonly rotateBytes: number;
  readonly rotateMs: number;
  /** May its owner store nothing more? */
  readonly isFull: () => boolean;
}

interface Open {
  readonly path: string;
  readonly handle: FileHandle;
  readonly beganMs: number;
  bytes: number;
}

const BATCH_MAX = 500;
const OPEN = `.ndjson${PART}`;

/** Left to the rest of the platform: whoever takes no files away must not stop it. */
const FREE_BYTES_MIN = 512 * 2 ** 20;
const FREE_SHARE_MIN = 0.05;

export class FileSink implements Sink {
  readonly batchMax = BATCH_MAX;
  /** One after the other: the files have the order of the stream. */
  readonly atOnceMax = 1;
  readonly #options: FileOptions;
  #file: Open | undefined;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: FileOptions) {
    this.#options = options;
  }

  async deliver(events: readonly StoredEvent[]): Promise<Failure | undefined> {
    try {
      await this.#alone(() => this.#write(events));
      return undefined;
    } catch (error) {
      // What was written of them comes again as a whole.
      await this.#alone(() => this.#forget());
      return {blame: 'away', why: (error as Error).message};
    }
  }

  async close(): Promise<void> {
    await this.#alone(() => this.#forget());
  }

  async #write(events: readonly StoredEvent[]): Promise<void> {
    const text = Buffer.from(events.map(event => `${cloudEventJson(event)}\n`).join(''));
    await this.#requireSpace(text.length);
    const file = this.#file ?? (await this.#open(events[0]!.offset));
    await file.handle.appendFile(text);
    await file.handle.datasync();
    file.bytes += text.length;
    if (file.bytes >= this.#options.rotateBytes || Date.now() - file.beganMs >= this.#options.rotateMs)
      await this.#rotate();
  }

  /** The one that was being written to when it ended last, or a new one. */
  async #open(offset: number): Promise<Open> {
    const {folder, rotateMs} = this.#options;
    const begun = (await readdir(folder))
      .filter(name => name.endsWith(OPEN))
      .sort()
      .at(-1);
    const path = join(folder, begun ?? `${wholeFileName(Date.now(), offset)}${PART}`);
    const handle = await open(path, 'a+', 0o600);
    await dropTornLine(handle);
    const {size, birthtimeMs} = await handle.stat();
    if (begun === undefined) await syncFolder(folder);
    const beganMs = begun === undefined ? Date.now() : birthtimeMs;
    const rotate = (): void => {
      this.#alone(() => this.#rotate()).catch(() => undefined);
    };
    this.#timer = setTimeout(rotate, Math.max(0, beganMs + rotateMs - Date.now())).unref();
    this.#file = {path, handle, beganMs, bytes: size};
    return this.#file;
  }

  async #rotate(): Promise<void> {
    const file = this.#file;
    if (file === undefined || file.bytes === 0) return;
    await this.#forget();
    await rename(file.path, file.path.slice(0, -PART.length));
    await syncFolder(this.#options.folder);
  }

  async #forget(): Promise<void> {
    clearTimeout(this.#timer);
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }

  async #requireSpace(bytes: number): Promise<void> {
    if (this.#options.isFull()) throw new Error('the tenant has used up its quota of storage');
    await mkdir(this.#options.folder, {recursive: true});
    const {bavail, blocks, bsize} = await statfs(this.#options.folder);
    const reserve = Math.min(FREE_BYTES_MIN, blocks * bsize * FREE_SHARE_MIN);
    if (bavail * bsize - bytes < reserve)
      throw new Error('the disk of the platform is almost full: take files away that are whole');
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/** A new name is on disk only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
