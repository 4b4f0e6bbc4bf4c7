/** What consumers have written on the platform, and nobody has taken away: how much it is, and how it is removed. */
import {rm} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {ConsumerId} from '../admin/consumer-desk.js';
import type {WrittenFiles, WrittenSize} from '../admin/consumer-file-admin.js';
import {consumerFolder, isWholeFileName} from '../consumers/file-names.js';
import {fileSizes} from './file-sizes.js';

export interface ConsumerFilesOptions {
  readonly folder: string;
  /** Resolves once consumers that are paused or deleted write nothing any more. */
  readonly settled: () => Promise<void>;
  /** So long sizes of whole files are taken for what they were; then somebody may have emptied one. */
  readonly rememberMs?: number | undefined;
}

const REMEMBER_MS = 600_000;

interface Remembered {
  readonly sinceMs: number;
  readonly sizes: ReadonlyMap<string, number>;
}

export class ConsumerFiles implements WrittenFiles {
  readonly settled: () => Promise<void>;
  readonly #folder: string;
  readonly #rememberMs: number;
  /** Of each tenant. A look at every file every few seconds would take a core a good part of its time. */
  readonly #remembered = new Map<string, Remembered>();

  constructor({folder, settled, rememberMs = REMEMBER_MS}: ConsumerFilesOptions) {
    this.settled = settled;
    this.#folder = folder;
    this.#rememberMs = rememberMs;
  }

  /** Of all consumers of a tenant. Files that are written to are looked at each time, whole ones now and then. */
  async bytes(tenant: string): Promise<number> {
    const nowMs = performance.now();
    const before = this.#remembered.get(tenant);
    const isFresh = before !== undefined && nowMs - before.sinceMs < this.#rememberMs;
    const known = isFresh ? before.sizes : new Map<string, number>();
    const sizes = await fileSizes(join(this.#folder, tenant), path =>
      isWholeFileName(basename(path)) ? known.get(path) : undefined,
    );
    if (sizes.size === 0) this.#remembered.delete(tenant);
    else this.#remembered.set(tenant, {sinceMs: isFresh ? before.sinceMs : nowMs, sizes});
    return total(sizes);
  }

  async count(of: ConsumerId): Promise<WrittenSize> {
    const sizes = await fileSizes(consumerFolder(this.#folder, of));
    return {files: sizes.size, bytes: total(sizes)};
  }

  async remove(of: ConsumerId): Promise<void> {
    await rm(consumerFolder(this.#folder, of), {recursive: true, force: true});
  }

  /** Of a tenant that is gone. */
  async eraseTenant(tenant: string): Promise<void> {
    await rm(join(this.#folder, tenant), {recursive: true, force: true});
    this.#remembered.delete(tenant);
  }
}

function total(sizes: ReadonlyMap<string, number>): number {
  let bytes = 0;
  for (const size of sizes.values()) bytes += size;
  return bytes;
}
