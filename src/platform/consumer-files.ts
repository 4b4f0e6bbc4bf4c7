/** What consumers have written on the platform, and nobody has taken away: how much it is, and how it is removed. */
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {ConsumerId} from '../admin/consumer-desk.js';
import type {WrittenFiles, WrittenSize} from '../admin/consumer-file-admin.js';
import {consumerFolder} from '../consumers/file-names.js';
import {fileSizes} from './file-sizes.js';

export interface ConsumerFilesOptions {
  readonly folder: string;
  /** Resolves once consumers that are paused or deleted write nothing any more. */
  readonly settled: () => Promise<void>;
}

export class ConsumerFiles implements WrittenFiles {
  readonly settled: () => Promise<void>;
  readonly #folder: string;

  constructor({folder, settled}: ConsumerFilesOptions) {
    this.settled = settled;
    this.#folder = folder;
  }

  /** Of all consumers of a tenant. */
  async bytes(tenant: string): Promise<number> {
    return total(await fileSizes(join(this.#folder, tenant)));
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
  }
}

function total(sizes: ReadonlyMap<string, number>): number {
  let bytes = 0;
  for (const size of sizes.values()) bytes += size;
  return bytes;
}
