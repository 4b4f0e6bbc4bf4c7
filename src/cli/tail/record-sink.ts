/** Writes the events of a tail into a file, one a line, which `sim replay` tells again. */
import {type FileHandle, open} from 'node:fs/promises';
import type {CloudEvent} from '../../domain/cloud-event.js';
import {IotctlError} from '../../domain/errors.js';
import {say} from '../stdout.js';
import type {EventSink, Progress} from './event-sink.js';

const TAIL_BYTES = 1024 * 1024;

export class RecordSink implements EventSink {
  readonly failed = new AbortController().signal;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #progress: Progress;
  #count = 0;
  #closed = false;

  private constructor(path: string, file: FileHandle, progress: Progress) {
    this.#path = path;
    this.#file = file;
    this.#progress = progress;
  }

  /** A file that is there is gone on with only where that is meant. Throws `IOT_CONFLICT`. */
  static async open(path: string, progress: Progress, {goOn}: {goOn: boolean}): Promise<RecordSink> {
    try {
      const file = await open(path, goOn ? 'a+' : 'wx');
      if (goOn) await dropTornLine(file);
      return new RecordSink(path, file, progress);
    } catch (error) {
      const {code, message} = error as NodeJS.ErrnoException;
      const why =
        code === 'EEXIST' ? `${path} is there already; only with --cursor is it gone on with` : message;
      throw new IotctlError('IOT_CONFLICT', why, {cause: error});
    }
  }

  async take(event: CloudEvent): Promise<void> {
    this.#progress.begin(event.offset);
    await this.#file.write(`${JSON.stringify(event)}\n`).catch((error: Error) => {
      throw new IotctlError('IOT_CONFLICT', `${this.#path}: ${error.message}`, {cause: error});
    });
    this.#progress.end(event.offset);
    this.#count++;
  }

  async sync(): Promise<void> {
    if (!this.#closed) await this.#file.datasync();
  }

  async finish(): Promise<void> {
    await this.sync();
    this.#closed = true;
    await this.#file.close();
    say(`${this.#count} events recorded in ${this.#path}`);
  }

  async abandon(): Promise<void> {
    await this.finish();
  }
}

/** What a crash left of a line comes again as a whole. */
async function dropTornLine(file: FileHandle): Promise<void> {
  const {size} = await file.stat();
  const from = Math.max(0, size - TAIL_BYTES);
  const {buffer, bytesRead} = await file.read(Buffer.alloc(size - from), 0, size - from, from);
  const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
  if (from + end < size) await file.truncate(from + end);
}
