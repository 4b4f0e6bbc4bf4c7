/** Writes the events of a tail into a file, one a line, which `sim replay` tells again. */
import {type FileHandle, open} from 'node:fs/promises';
import {dropTornLine} from '../../delivery/line-file.js';
import type {Progress} from '../../delivery/progress.js';
import type {CloudEvent} from '../../domain/cloud-event.js';
import {IotctlError} from '../../domain/errors.js';
import {say} from '../stdout.js';
import type {EventSink} from './event-sink.js';

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
