import {
  type ArchiveCheck,
  type AuditRetention,
  type DataRetention,
  RETENTION_CLASSES,
  type RetentionClass,
  type RetentionPolicy,
  type RetentionReport,
} from '../domain/retention.js';
import {bytesText} from './bytes.js';
import type {Columns} from './output.js';

export interface RetentionRow {
  readonly class: RetentionClass;
  readonly archiveAfterDays: number | null;
  readonly deleteAfterDays: number | null;
  readonly bytesMax: number | null;
}

export const retentionRows = (policy: RetentionPolicy): RetentionRow[] =>
  RETENTION_CLASSES.map(name => ({
    class: name,
    ...limitsOf(policy[name]),
  }));

const limitsOf = (retention: DataRetention | AuditRetention): Omit<RetentionRow, 'class'> => ({
  archiveAfterDays: null,
  ...retention,
});

export const RETENTION_COLUMNS: Columns<RetentionRow> = {
  class: row => row.class,
  archiveAfterDays: row => row.archiveAfterDays,
  deleteAfterDays: row => row.deleteAfterDays,
  bytesMax: row => row.bytesMax,
};

export const RETENTION_REPORT_COLUMNS: Columns<RetentionReport> = {
  archivedRows: report => report.archivedRows,
  archivedParts: report => report.archivedParts,
  deletedRows: report => report.deletedRows,
  deletedParts: report => report.deletedParts,
  freed: report => bytesText(report.freedBytes),
  mergedParts: report => report.mergedParts,
  deletedRecords: report => report.deletedRecords,
};

export const ARCHIVE_CHECK_COLUMNS: Columns<ArchiveCheck> = {
  files: check => check.files,
  size: check => bytesText(check.bytes),
  unknown: check => check.unknown,
  faults: check => check.faults.length,
};
