/** Changes of which files are a tenant's archive. After any crash a row is in the database or in one file of it, and never in both. */
import type {DuckDBConnection} from '@duckdb/node-api';
import {isFatal} from '../store-errors.js';
import type {TenantDatabase} from '../tenant-database.js';
import type {TenantFiles} from '../tenant-files.js';
import {addPartition, type Partition, readPartitions, removePartitions} from './partitions.js';

/** Runs work between two transactions of the one writer. */
export type Between = (work: () => Promise<void>) => Promise<void>;

export class PartitionChanges {
  constructor(
    readonly database: TenantDatabase,
    private readonly files: TenantFiles,
    private readonly between: Between,
  ) {}

  partitions(): Promise<Partition[]> {
    return this.database.withConnection(readPartitions);
  }

  async ofTable(table: string): Promise<Partition[]> {
    return (await this.partitions()).filter(partition => partition.table === table);
  }

  /** The new one, if there is any, takes the place of the old ones at once. */
  async replace(old: readonly Partition[], part: Partition | undefined): Promise<void> {
    const swap = async (writer: DuckDBConnection): Promise<void> => {
      await removePartitions(writer, old);
      if (part) await addPartition(writer, part);
    };
    if (part) await this.commit(part, swap);
    else await this.transact(swap);
    await this.database.archive.discard(old.map(({file}) => file));
  }

  /** Makes a file a partition. One that did not become one goes, but only where it is certain that it did not. */
  async commit(part: Partition, write: (writer: DuckDBConnection) => Promise<void>): Promise<void> {
    try {
      await this.transact(write);
    } catch (error) {
      const held = await this.partitions().catch(() => undefined);
      if (held === undefined) throw error;
      if (held.some(({file}) => file === part.file)) return;
      await this.database.archive.discard([part.file]);
      throw error;
    }
  }

  async transact(write: (writer: DuckDBConnection) => Promise<void>): Promise<void> {
    await this.between(async () => {
      try {
        await this.database.rearrange(write);
      } catch (error) {
        if (isFatal(error)) await this.files.discard(this.database);
        throw error;
      }
    });
  }

  /** So that the room of what left is used again. It is put off where that is not possible just now. */
  async checkpoint(): Promise<void> {
    await this.between(() => this.database.checkpoint());
  }
}
