/** Secrets are shown once. Whoever does not want them on the terminal has them in a file of their own. */
import {type FileHandle, open, rm} from 'node:fs/promises';
import * as Flags from '@oclif/core/flags';
import {IotctlError} from '../domain/errors.js';
import {say} from './stdout.js';

export const secretFileFlag = Flags.string({
  description: 'write the secret to this new file (mode 0600) instead of printing it [default: print it]',
});

/** Says, to the person and not into the result, what was just printed. */
export function sayShownOnce(what: string): void {
  say(`${what} is shown this once, and can never be read again.`);
}

/**
 * Makes the file before the secret exists, so that a secret is never made for nothing; it is gone again when nothing
 * was written. Never overwrites: throws `IOT_CONFLICT`.
 */
export async function reserveSecretFile(path: string, mode = 0o600): Promise<SecretFile> {
  try {
    return new SecretFile(path, await open(path, 'wx', mode));
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? `${path} is there already and is never overwritten` : message;
    throw new IotctlError('IOT_CONFLICT', why, {cause: error});
  }
}

export class SecretFile implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  #kept = false;

  constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** On disk when this resolves. */
  async write(text: string): Promise<void> {
    await this.#file.write(text.endsWith('\n') ? text : `${text}\n`);
    await this.#file.datasync();
    this.keep();
  }

  /** Says that what stands under its name now is meant to stay. */
  keep(): void {
    this.#kept = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    if (!this.#kept) await rm(this.path, {force: true});
  }
}
