/**
 * The files of one tenant's archive, in hive layout: `tenant={id}/table={name}/day={day}/part-{id}.parquet`.
 *
 * A file that is no partition any more stays until every connection is back that was lent while it was one: DuckDB opens
 * files only when it comes to them.
 */
import {randomUUID} from 'node:crypto';
import {mkdir, open, readdir, rename, rm, rmdir} from 'node:fs/promises';
import {dirname, join, relative, resolve} from 'node:path';
import {digestOf, type FileDigest} from './file-digest.js';

const DRAFTS = 'drafts';

/** What is written here, and nothing that somebody else put beside it. */
const OWN_FILE = /^(?:drafts|table=[^/]+\/day=[^/]+)\/[^/]+\.[a-z]+$/;

/** Readers that may still come to a file, and the file. */
interface Leaving {
  readonly file: string;
  readonly readers: Set<unknown>;
}

export class ArchiveFolder {
  /** Of this tenant: all that DuckDB may read and write beside its own file. */
  readonly path: string;
  readonly #readers = new Set<unknown>();
  #leaving: Leaving[] = [];

  /** `archive` is the folder of all tenants. */
  constructor(archive: string, tenant: string) {
    this.path = resolve(archive, `tenant=${tenant}`);
  }

  /**
   * Takes away what a crash left that is no partition. `isNew`: the database has just been made. Then files from before
   * are nobody's, but they may be all that is left of what was in them: the folder is put aside, and nothing is deleted.
   */
  async open(partitions: Iterable<string>, {isNew}: {isNew: boolean}): Promise<void> {
    await mkdir(this.path, {recursive: true, mode: 0o700});
    const known = new Set(partitions);
    const found = await readdir(this.path, {recursive: true});
    const unknown = found.filter(file => OWN_FILE.test(file) && !known.has(file));
    if (isNew && unknown.some(file => !file.startsWith(DRAFTS))) {
      await rename(this.path, `${this.path}.aside-${Date.now()}`);
      await mkdir(this.path, {mode: 0o700});
      return;
    }
    for (const file of unknown) await this.#remove(this.pathOf(file));
  }

  pathOf(file: string): string {
    return join(this.path, file);
  }

  /** Where a file is written before it is one of the archive; its name is used once. */
  async draft(suffix: string): Promise<string> {
    const folder = join(this.path, DRAFTS);
    await mkdir(folder, {recursive: true, mode: 0o700});
    return join(folder, `${randomUUID()}.${suffix}`);
  }

  /** Moves a draft to its place and makes sure that it is on disk, whole. */
  async keep(
    draft: string,
    {table, day}: {table: string; day: string},
  ): Promise<FileDigest & {readonly file: string}> {
    const file = join(`table=${table}`, `day=${day}`, `part-${randomUUID()}.parquet`);
    const path = this.pathOf(file);
    await synced(draft);
    await mkdir(dirname(path), {recursive: true, mode: 0o700});
    await rename(draft, path);
    for (let folder = dirname(path); folder.length >= this.path.length; folder = dirname(folder))
      await synced(folder);
    return {file, ...(await digestOf(path))};
  }

  /** From now until `left`, files that leave the archive stay for this reader. */
  entered(reader: unknown): void {
    this.#readers.add(reader);
  }

  async left(reader: unknown): Promise<void> {
    this.#readers.delete(reader);
    for (const {readers} of this.#leaving) readers.delete(reader);
    await this.#removeUnread();
  }

  /** These are partitions no longer: committed already. */
  async discard(files: readonly string[]): Promise<void> {
    for (const file of files) this.#leaving.push({file: this.pathOf(file), readers: new Set(this.#readers)});
    await this.#removeUnread();
  }

  /** All of the tenant, when it is deleted. */
  async erase(): Promise<void> {
    const archive = dirname(this.path);
    for (const name of await readdir(archive).catch(() => [])) {
      const path = join(archive, name);
      if (path === this.path || path.startsWith(`${this.path}.aside-`))
        await rm(path, {recursive: true, force: true});
    }
  }

  async #removeUnread(): Promise<void> {
    const unread = this.#leaving.filter(({readers}) => readers.size === 0);
    this.#leaving = this.#leaving.filter(({readers}) => readers.size > 0);
    // One that cannot be removed now is removed at the next start.
    for (const {file} of unread) await this.#remove(file).catch(() => undefined);
  }

  /** The file, and the folders that it leaves empty. */
  async #remove(file: string): Promise<void> {
    await rm(file, {force: true});
    for (let folder = dirname(file); relative(this.path, folder) !== ''; folder = dirname(folder)) {
      try {
        await rmdir(folder);
      } catch {
        return;
      }
    }
  }
}

/** Of a file its content, of a folder its entries. */
async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
