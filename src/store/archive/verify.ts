/**
 * Are the files of the archive as they were written? Parquet cannot say: of 200 files in which one bit was turned over, DuckDB 1.5.5
 * read 165 as if nothing were wrong, and gave other rows.
 */
import {IotctlError} from '../../domain/errors.js';
import type {ArchiveCheck, ArchiveFault} from '../../domain/retention.js';
import type {TenantDatabase} from '../tenant-database.js';
import type {ArchiveFolder} from './archive-folder.js';
import {digestOf} from './file-digest.js';
import {type Partition, readPartitions} from './partitions.js';

/**
 * Reads every file; those that leave the archive meanwhile stay until all were read. Throws `IOT_PART_UNAVAILABLE` when the database is
 * being closed: to open it anew must not wait for the rest of a large archive.
 */
export async function verifyArchive(database: TenantDatabase): Promise<ArchiveCheck> {
  const {archive} = database;
  const closing = new AbortController();
  const {connection, giveBack} = await database.lend(() =>
    closing.abort(new IotctlError('IOT_PART_UNAVAILABLE', `${database.file} is being closed`)),
  );
  try {
    const partitions = await readPartitions(connection);
    const faults: ArchiveFault[] = [];
    for (const partition of partitions) {
      closing.signal.throwIfAborted();
      const fault = await faultOf(archive, partition, closing.signal);
      if (fault !== undefined) faults.push({file: archive.pathOf(partition.file), fault});
    }
    return {
      files: partitions.length,
      bytes: partitions.reduce((sum, {bytes}) => sum + bytes, 0),
      unknown: partitions.filter(({sha256}) => sha256 === null).length,
      faults,
    };
  } finally {
    await giveBack();
  }
}

/** What is written anew from a damaged file would seem to be whole. Throws `IOT_DATA_CORRUPT`, naming the file. */
export async function requireWhole(archive: ArchiveFolder, partition: Partition): Promise<void> {
  const fault = await faultOf(archive, partition);
  if (fault === undefined) return;
  const path = archive.pathOf(partition.file);
  throw new IotctlError('IOT_DATA_CORRUPT', fault === 'missing' ? `${path} is gone` : `${path} is damaged`);
}

/** Of one without a digest only whether it is there, and as long as it was. */
async function faultOf(
  archive: ArchiveFolder,
  {file, bytes, sha256}: Partition,
  signal?: AbortSignal,
): Promise<ArchiveFault['fault'] | undefined> {
  try {
    const found = await digestOf(archive.pathOf(file), signal);
    const isSame = found.bytes === bytes && (sha256 === null || found.sha256 === sha256);
    return isSame ? undefined : 'changed';
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'missing';
    // What the disk itself cannot read.
    if (code === 'EIO') return 'changed';
    throw error;
  }
}
