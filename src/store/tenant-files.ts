/** The DuckDB files of all tenants in one folder: opened on demand, one instance each. */
import {mkdir, readdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {IotctlError} from '../domain/errors.js';
import {DEFAULT_TENANT, isTenantId} from '../domain/ids.js';
import {type ArchiveTotals, NO_ARCHIVE} from '../domain/retention.js';
import {ArchiveFolder} from './archive/archive-folder.js';
import {archiveTotals} from './archive/partitions.js';
import type {DatabaseLimits} from './locked-instance.js';
import type {LoadVersions} from './model-tables.js';
import {TenantDatabase} from './tenant-database.js';

const MEMORY_GROWTH_MAX = 4;
const SUFFIX = '.duckdb';

export interface TenantFilesOptions {
  readonly erased?: readonly string[] | undefined;
  readonly loadVersions: LoadVersions;
  /** Where the tenants' archives are; `archive` in the folder of the files where it is absent. */
  readonly archive?: string | undefined;
}

export class TenantFiles {
  readonly #open = new Map<string, Promise<TenantDatabase>>();
  readonly #memoryMb = new Map<string, number>();
  readonly #erased: Set<string>;
  readonly #loadVersions: LoadVersions;
  readonly #archive: string;

  /** `erased`: tenants that were deleted; whatever is left of them goes when the files are opened. */
  constructor(
    readonly folder: string,
    private readonly limits: DatabaseLimits,
    {erased = [], loadVersions, archive}: TenantFilesOptions,
  ) {
    this.#erased = new Set(erased);
    this.#loadVersions = loadVersions;
    this.#archive = archive ?? join(folder, 'archive');
  }

  isErased(tenant: string): boolean {
    return this.#erased.has(tenant);
  }

  /** Closes the tenant's file and deletes it, for good. */
  async erase(tenant: string): Promise<void> {
    this.#erased.add(tenant);
    const database = await this.#open.get(tenant)?.catch(() => undefined);
    await database?.close();
    this.#open.delete(tenant);
    await this.#remove(tenant);
  }

  /** What the tenant's data takes on disk. */
  async bytes(tenant: string): Promise<number> {
    const sizes = await Promise.all(this.#filesOf(tenant).map(file => stat(file).catch(() => undefined)));
    const database = await this.#open.get(tenant)?.catch(() => undefined);
    const archived = database ? await archivedIn(database) : NO_ARCHIVE;
    return sizes.reduce((sum, found) => sum + (found?.size ?? 0), archived.bytes);
  }

  /** What the archives of all tenants hold whose files are open. */
  async archived(): Promise<ArchiveTotals> {
    const all = await Promise.all((await this.opened()).map(archivedIn));
    return all.reduce(
      (sum, one) => ({
        partitions: sum.partitions + one.partitions,
        rows: sum.rows + one.rows,
        bytes: sum.bytes + one.bytes,
      }),
      NO_ARCHIVE,
    );
  }

  /** Opens every file there is, and the default tenant's. Throws what `TenantDatabase.open` throws. */
  async openAll(): Promise<TenantDatabase[]> {
    await mkdir(this.folder, {recursive: true, mode: 0o700});
    for (const tenant of this.#erased) await this.#remove(tenant);
    const tenants = new Set([DEFAULT_TENANT]);
    for (const name of await readdir(this.folder)) {
      const tenant = name.slice(0, -SUFFIX.length);
      if (name.endsWith(SUFFIX) && isTenantId(tenant)) tenants.add(tenant);
    }
    try {
      const databases: TenantDatabase[] = [];
      for (const tenant of tenants) databases.push(await this.get(tenant));
      return databases;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The tenant's database, opened now if it is not. */
  get(tenant: string): Promise<TenantDatabase> {
    const present = this.#open.get(tenant);
    if (present !== undefined) return present;
    if (!isTenantId(tenant)) {
      return Promise.reject(
        new IotctlError('IOT_REQUEST_INVALID', `not a tenant id: ${JSON.stringify(tenant)}`),
      );
    }
    if (this.#erased.has(tenant))
      return Promise.reject(new IotctlError('IOT_TENANT_UNKNOWN', `tenant ${tenant} was deleted`));
    const memoryMb = this.#memoryMb.get(tenant) ?? this.limits.memoryMb;
    const opening = TenantDatabase.open(this.folder, tenant, {
      ...this.limits,
      memoryMb,
      loadVersions: this.#loadVersions,
      archive: this.#archive,
    });
    this.#open.set(tenant, opening);
    opening.catch(() => {
      if (this.#open.get(tenant) === opening) this.#open.delete(tenant);
    });
    return opening;
  }

  /** Closes an instance that answers nothing any more, so that `get` opens the file anew. */
  async discard(database: TenantDatabase): Promise<void> {
    await database.close();
    const present = await this.#open.get(database.tenant)?.catch(() => undefined);
    if (present === database) this.#open.delete(database.tenant);
  }

  /**
   * Lets the tenant's instance have twice the memory from its next opening on; false when it has the most already.
   * A checkpoint holds 2048 bodies at once: 512 MiB where each has the largest size, next to nothing as a rule.
   */
  growMemory(tenant: string): boolean {
    const memoryMb = this.#memoryMb.get(tenant) ?? this.limits.memoryMb;
    if (memoryMb >= this.limits.memoryMb * MEMORY_GROWTH_MAX) return false;
    this.#memoryMb.set(tenant, memoryMb * 2);
    return true;
  }

  async opened(): Promise<TenantDatabase[]> {
    const results = await Promise.allSettled(this.#open.values());
    return results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
  }

  async close(): Promise<void> {
    for (const database of await this.opened()) await database.close();
    this.#open.clear();
  }

  async #remove(tenant: string): Promise<void> {
    if (!isTenantId(tenant)) return;
    for (const file of this.#filesOf(tenant)) await rm(file, {force: true});
    await new ArchiveFolder(this.#archive, tenant).erase();
  }

  #filesOf(tenant: string): string[] {
    const file = join(this.folder, tenant + SUFFIX);
    return [file, `${file}.wal`];
  }
}

/** An instance that answers nothing just now is opened anew; it is not what this is about. */
const archivedIn = (database: TenantDatabase): Promise<ArchiveTotals> =>
  database.withConnection(archiveTotals).catch(() => NO_ARCHIVE);
