/** What retention would do, in one snapshot and without doing it. */
import type {DuckDBConnection} from '@duckdb/node-api';
import {classOf, DATA_CLASSES, type HistoryReport, NOTHING_DONE} from '../../domain/retention.js';
import {visibleTables} from '../limited-view.js';
import type {TenantDatabase} from '../tenant-database.js';
import {dayBefore, FIRST_DAY} from './day-range.js';
import {countRows} from './move-rows.js';
import {type Partition, readPartitions} from './partitions.js';
import {
  beyondSize,
  groupsToMerge,
  noteDeleted,
  noteRows,
  PARTITIONS_MAX,
  type ReportDraft,
  type RetentionRequest,
} from './retention-request.js';

export function planRetention(
  database: TenantDatabase,
  request: RetentionRequest,
  stepRows: number,
): Promise<HistoryReport> {
  return database.withConnection(async connection => {
    await connection.run('BEGIN TRANSACTION READ ONLY');
    const report = {...NOTHING_DONE};
    const partitions = await readPartitions(connection);
    const tables = await visibleTables(connection, database.tenant);
    for (const table of tables) {
      const own = partitions.filter(partition => partition.table === table);
      const staying = await planAges(connection, table, own, request, report);
      report.mergedParts += groupsToMerge(staying, request, stepRows).flat().length;
    }
    for (const kind of DATA_CLASSES)
      for (const day of await beyondSize(connection, tables, kind, request)) {
        noteDeleted(report, day.partitions);
        for (const hot of day.hot) noteRows(report, hot);
      }
    return report;
  });
}

/** Gives back the partitions that would stay. */
async function planAges(
  connection: DuckDBConnection,
  table: string,
  own: readonly Partition[],
  {policy, nowMs}: RetentionRequest,
  report: ReportDraft,
): Promise<Partition[]> {
  const {archiveAfterDays, deleteAfterDays} = policy[classOf(table)];
  const beforeDay = deleteAfterDays === null ? FIRST_DAY : dayBefore(nowMs, deleteAfterDays);
  const leaving = deleteAfterDays === null ? [] : own.filter(({day}) => day < beforeDay);
  noteDeleted(report, leaving);
  if (deleteAfterDays !== null)
    report.deletedRows += await countRows(connection, table, undefined, beforeDay);
  if (archiveAfterDays !== null && own.length - leaving.length < PARTITIONS_MAX) {
    const archived = dayBefore(nowMs, archiveAfterDays);
    report.archivedRows += await countRows(connection, table, beforeDay, archived);
  }
  return own.filter(partition => !leaving.includes(partition));
}
