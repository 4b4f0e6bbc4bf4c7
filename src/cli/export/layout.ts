/** Where the files of an export are: `readings/tenant=acme/day=2026-11-01/data.parquet`. */
import {IotctlError} from '../../domain/errors.js';
import type {ExportFormat} from '../../domain/history-export.js';

export const PARTITION_KEYS = ['tenant', 'day'] as const;
export type PartitionKey = (typeof PARTITION_KEYS)[number];

/** `tenant,day`, in any order, or `none`. Throws `IOT_USAGE`. */
export function parsePartitionBy(text: string): PartitionKey[] {
  const keys = text === 'none' ? [] : text.split(',');
  for (const key of keys)
    if (!(PARTITION_KEYS as readonly string[]).includes(key) || keys.indexOf(key) !== keys.lastIndexOf(key))
      throw new IotctlError(
        'IOT_USAGE',
        `--partition-by ${JSON.stringify(text.slice(0, 80))}: give ${PARTITION_KEYS.join(',')}, one of them, or none`,
      );
  return keys as PartitionKey[];
}

/** With slashes, relative to the folder. A day that is no part of the path is the file's name, so that no two share one. */
export function pathOf(
  {table, tenant, day}: {table: string; tenant: string; day: string},
  partitionBy: readonly PartitionKey[],
  format: ExportFormat,
): string {
  const values = {tenant, day: hiveValue(day)};
  const folders = partitionBy.map(key => `${key}=${values[key]}`);
  const name = partitionBy.includes('day') ? 'data' : values.day;
  return [table, ...folders, `${name}.${format}`].join('/');
}

/** As Hive and Spark write what does not belong into a path. */
const hiveValue = (text: string): string => text.replaceAll(/[ ()]/g, encoded);

const encoded = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
