/** What is written out of the store to be read elsewhere, day by day. */
export const EXPORT_FORMATS = ['parquet', 'csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** One day of a table, as it is just now. */
export interface ExportDay {
  readonly table: string;
  /** Of UTC, as DuckDB writes dates: `2026-11-01`. */
  readonly day: string;
  readonly rows: number;
  /** Another one as soon as a row came or went. */
  readonly fingerprint: string;
}

export interface ExportPlan {
  readonly tenant: string;
  readonly tables: readonly string[];
  /** In the order of tables and days; those without rows are not there. */
  readonly days: readonly ExportDay[];
}

/** With a year of up to six digits, and before Christ: a device's clock may say anything. */
export const EXPORT_DAY = /^\d{4,6}-\d{2}-\d{2}(?: \(BC\))?$/;
