/** Files of the archive are never changed: another one takes their place, where they are as they were written. */
import {quotedText} from '../sql-text.js';
import type {TenantDatabase} from '../tenant-database.js';
import {parquetOf} from './one-table.js';
import {groupedBy, type Partition} from './partitions.js';
import {requireWhole} from './verify.js';
import {writePart} from './write-part.js';

/** Small files of one day that are to become one: so many at least, and together not more rows than fit. */
export function mergeable(
  partitions: readonly Partition[],
  {many, rowsMax}: {many: number; rowsMax: number},
): Partition[][] {
  const small = partitions.filter(({rows}) => rows <= rowsMax / 2);
  const groups: Partition[][] = [];
  for (const group of groupedBy(small, ({table, day, columns}) =>
    JSON.stringify([table, day, columns]),
  ).values()) {
    const fitting: Partition[] = [];
    let room = rowsMax * 2;
    for (const partition of group) {
      if (partition.rows > room) break;
      fitting.push(partition);
      room -= partition.rows;
    }
    if (fitting.length >= many) groups.push(fitting);
  }
  return groups;
}

/** Throws `IOT_DATA_CORRUPT`, as `writeWithout` does. */
export async function writeMerged(database: TenantDatabase, group: readonly Partition[]): Promise<Partition> {
  for (const partition of group) await requireWhole(database.archive, partition);
  const {table, day, columns} = group[0]!;
  const rows = group.reduce((sum, partition) => sum + partition.rows, 0);
  const part = await database.withConnection(connection =>
    writePart(connection, database.archive, {table, day, columns, rows: parquetOf(group, database.archive)}),
  );
  if (part?.rows !== rows)
    throw new Error(
      `${table} of ${day}: ${rows} rows were to be merged, and ${part?.rows ?? 0} were written`,
    );
  return asKnownAs(group, part);
}

/** Whether what nobody could compare was damaged, nobody knows of what is made of it either. */
const asKnownAs = (sources: readonly Partition[], made: Partition): Partition =>
  sources.some(({sha256}) => sha256 === null) ? {...made, sha256: null} : made;

/** Undefined where nothing of the device is in the file; without a part where nothing else is. */
export async function writeWithout(
  database: TenantDatabase,
  partition: Partition,
  device: string,
): Promise<{part: Partition | undefined} | undefined> {
  const {table, day, columns} = partition;
  await requireWhole(database.archive, partition);
  const file = parquetOf([partition], database.archive);
  return await database.withConnection(async connection => {
    const reader = await connection.runAndReadAll(`SELECT 1 FROM ${file} WHERE device = $1 LIMIT 1`, [
      device,
    ]);
    if (reader.currentRowCount === 0) return undefined;
    const rows = `${file} WHERE device <> ${quotedText(device)}`;
    const part = await writePart(connection, database.archive, {table, day, columns, rows});
    return {part: part && asKnownAs([partition], part)};
  });
}
