/** What a policy lets go and what it keeps, and what has been done of it. */
import type {DuckDBConnection} from '@duckdb/node-api';
import type {DataClass, DataRetention, HistoryReport} from '../../domain/retention.js';
import {dayBefore, dayOf, FIRST_DAY} from './day-range.js';
import type {Partition} from './partitions.js';
import {mergeable} from './rewrite.js';
import {daysBeyond, type HotRows, type StoredDay} from './size-limit.js';

export interface RetentionRequest {
  readonly policy: Readonly<Record<DataClass, DataRetention>>;
  readonly nowMs: number;
  /** Merges partitions of a day as soon as there are two, rather than only where there are many. */
  readonly compact?: boolean | undefined;
  /** Only says what would be done. */
  readonly dryRun?: boolean | undefined;
}

/** Days that a table has in the archive at most: whoever dates values at random fills no folder without end. */
export const PARTITIONS_MAX = 5000;

/** Partitions of one day that are merged by themselves. */
const MANY_PARTS = 4;

/** The oldest days of a class that have to go until it takes no more than it may. */
export async function beyondSize(
  connection: DuckDBConnection,
  tables: readonly string[],
  kind: DataClass,
  {policy, nowMs}: RetentionRequest,
): Promise<StoredDay[]> {
  const {bytesMax, deleteAfterDays} = policy[kind];
  if (bytesMax === null) return [];
  const fromDay = deleteAfterDays === null ? FIRST_DAY : dayBefore(nowMs, deleteAfterDays);
  return await daysBeyond(connection, tables, {kind, bytesMax, fromDay, today: dayOf(nowMs)});
}

/** Which of them become one. */
export const groupsToMerge = (
  partitions: readonly Partition[],
  {compact = false}: RetentionRequest,
  stepRows: number,
): Partition[][] => mergeable(partitions, {many: compact ? 2 : MANY_PARTS, rowsMax: stepRows});

export type ReportDraft = {-readonly [Name in keyof HistoryReport]: HistoryReport[Name]};

export function noteRows(report: ReportDraft, {rows, bytes}: HotRows): void {
  report.deletedRows += rows;
  report.freedBytes += bytes;
}

export function noteDeleted(report: ReportDraft, leaving: readonly Partition[]): void {
  report.deletedRows += leaving.reduce((sum, {rows}) => sum + rows, 0);
  report.deletedParts += leaving.length;
  report.freedBytes += leaving.reduce((sum, {bytes}) => sum + bytes, 0);
}
