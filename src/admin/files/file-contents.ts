/** The contents of files, below one folder: `{tenant}/{id}`, and `{id}.part` until all of it is there and is what it should be. */
import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {mkdir, open, rename, rm, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Readable} from 'node:stream';
import {IotctlError} from '../../domain/errors.js';

export interface FilePlace {
  readonly tenant: string;
  /** A UUID: nothing that comes from outside is part of a path. */
  readonly id: string;
}

export class FileContents {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** How much is on disk. */
  async received(place: FilePlace): Promise<number> {
    return (await sizeOf(this.#part(place))) ?? (await sizeOf(this.#whole(place))) ?? 0;
  }

  /** Adds a piece where the file ends, and resolves when it is on disk. Throws `IOT_DISK_FULL`. */
  async append(place: FilePlace, at: number, piece: Uint8Array): Promise<void> {
    const path = this.#part(place);
    await mkdir(dirname(path), {recursive: true, mode: 0o700});
    try {
      const file = await open(path, 'a', 0o600);
      try {
        // What an earlier attempt left half written is written again.
        await file.truncate(at);
        await file.appendFile(piece);
        await file.datasync();
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      throw new IotctlError('IOT_DISK_FULL', 'there is no room for this file', {cause: error});
    }
  }

  /** Whether all of it is what the digest says; then it is what `read` reads. */
  async seal(place: FilePlace, digest: string): Promise<boolean> {
    const part = this.#part(place);
    if ((await sizeOf(part)) === undefined) return (await this.#digest(this.#whole(place))) === digest;
    if ((await this.#digest(part)) !== digest) return false;
    await rename(part, this.#whole(place));
    await syncFolder(dirname(part));
    return true;
  }

  /** An empty file has no piece. */
  async touch(place: FilePlace): Promise<void> {
    await this.append(place, 0, new Uint8Array());
  }

  /** From and to which byte, the last one included. */
  read(place: FilePlace, range: {readonly start: number; readonly end: number} | undefined): Readable {
    return createReadStream(this.#whole(place), range);
  }

  async remove(place: FilePlace): Promise<void> {
    for (const path of [this.#part(place), this.#whole(place)]) await rm(path, {force: true});
  }

  async removeAll(tenant: string): Promise<void> {
    await rm(join(this.#folder, tenant), {recursive: true, force: true});
  }

  async #digest(path: string): Promise<string | undefined> {
    const hash = createHash('sha256');
    try {
      for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return hash.digest('hex');
  }

  #whole({tenant, id}: FilePlace): string {
    return join(this.#folder, tenant, id);
  }

  #part(place: FilePlace): string {
    return `${this.#whole(place)}.part`;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A name is on disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
