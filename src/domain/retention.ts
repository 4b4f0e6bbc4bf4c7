/** How long a tenant's data is kept, and where: by class, in whole days of UTC. */
import {IotctlError} from './errors.js';

export const DATA_CLASSES = ['raw', 'typed'] as const;

/** `raw` is the table `events`; `typed` are `readings` and the tables of models. */
export type DataClass = (typeof DATA_CLASSES)[number];

/** `audit` is the log of who did what. */
export const RETENTION_CLASSES = [...DATA_CLASSES, 'audit'] as const;
export type RetentionClass = (typeof RETENTION_CLASSES)[number];

/** Null is never, or no limit. A day is so old when it was over so many days ago. */
export interface DataRetention {
  /** Then a day moves from the database to the archive. */
  readonly archiveAfterDays: number | null;
  /** Then it is deleted, from wherever it is. */
  readonly deleteAfterDays: number | null;
  /** The class takes at most so much, in the database and in its archive: its oldest days are deleted. */
  readonly bytesMax: number | null;
}

/** Records leave the log only where a checkpoint vouches for those that stay. */
export interface AuditRetention {
  readonly deleteAfterDays: number | null;
  /** Of its records: the oldest are deleted. */
  readonly bytesMax: number | null;
}

export interface RetentionPolicy {
  readonly raw: DataRetention;
  readonly typed: DataRetention;
  readonly audit: AuditRetention;
}

/** What is not named stays as it is. */
export type RetentionChange = {
  readonly [Class in keyof RetentionPolicy]?:
    | {readonly [Limit in keyof RetentionPolicy[Class]]?: RetentionPolicy[Class][Limit] | undefined}
    | undefined;
};

export const NO_RETENTION: DataRetention = {
  archiveAfterDays: null,
  deleteAfterDays: null,
  bytesMax: null,
};

/** Everything stays, in the database. */
const DEFAULT_RETENTION: RetentionPolicy = {
  raw: NO_RETENTION,
  typed: NO_RETENTION,
  audit: {deleteAfterDays: null, bytesMax: null},
};

/** Of what belongs to no tenant, such as who was refused without one: nobody has to choose for it not to grow for ever. */
export const PLATFORM_RETENTION: RetentionPolicy = {
  ...DEFAULT_RETENTION,
  raw: {...NO_RETENTION, deleteAfterDays: 90},
};

export const classOf = (table: string): DataClass => (table === 'events' ? 'raw' : 'typed');

/** Throws `IOT_REQUEST_INVALID` for a policy whose parts contradict each other. */
export function mergedRetention(
  {raw, typed, audit}: RetentionPolicy = DEFAULT_RETENTION,
  change: RetentionChange,
): RetentionPolicy {
  const policy = {
    raw: {...raw, ...given(change.raw)},
    typed: {...typed, ...given(change.typed)},
    audit: {...audit, ...given(change.audit)},
  };
  for (const name of DATA_CLASSES) checkData(name, policy[name]);
  return policy;
}

function checkData(name: DataClass, {archiveAfterDays, deleteAfterDays}: DataRetention): void {
  if (archiveAfterDays !== null && deleteAfterDays !== null && deleteAfterDays <= archiveAfterDays)
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      `${name} data would be deleted after ${deleteAfterDays} days, before they are archived after ${archiveAfterDays}`,
    );
}

const given = <Shape extends object>(
  shape: Shape | undefined,
): {[Key in keyof Shape]: Exclude<Shape[Key], undefined>} =>
  Object.fromEntries(Object.entries(shape ?? {}).filter(([, value]) => value !== undefined)) as never;

/** What a run did to data, or would do. Bytes are those of files of the archive, and of rows about those of their table's. */
export interface HistoryReport {
  readonly archivedRows: number;
  /** Files written for them. */
  readonly archivedParts: number;
  readonly deletedRows: number;
  /** Files of the archive that were deleted. */
  readonly deletedParts: number;
  readonly freedBytes: number;
  /** Small files of one day that became one. */
  readonly mergedParts: number;
}

/** Of a run: with what could not be done. */
export interface HistoryOutcome extends HistoryReport {
  /** A file of the archive that should have become part of another one, and what is wrong with it. */
  readonly damage?: string | undefined;
}

export interface RetentionReport extends HistoryReport {
  /** Records that left the audit log. */
  readonly deletedRecords: number;
}

export const NOTHING_DONE: HistoryReport = {
  archivedRows: 0,
  archivedParts: 0,
  deletedRows: 0,
  deletedParts: 0,
  freedBytes: 0,
  mergedParts: 0,
};

export const didSomething = (report: RetentionReport): boolean =>
  Object.values(report).some((count: number) => count > 0);

/** What the archive of a tenant holds. */
export interface ArchiveTotals {
  readonly partitions: number;
  readonly rows: number;
  readonly bytes: number;
}

export const NO_ARCHIVE: ArchiveTotals = {partitions: 0, rows: 0, bytes: 0};

/** A file of the archive that is gone, or holds something else than what was written. */
export interface ArchiveFault {
  readonly file: string;
  readonly fault: 'missing' | 'changed';
}

/** Whether the archive of a tenant is as it was written. */
export interface ArchiveCheck {
  readonly files: number;
  readonly bytes: number;
  /** Files of older versions, of which only the length is known. */
  readonly unknown: number;
  readonly faults: readonly ArchiveFault[];
}
