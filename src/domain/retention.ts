/** How long a tenant's data is kept, and where: by class, in whole days of UTC. */
export const DATA_CLASSES = ['raw', 'typed'] as const;

/** `raw` is the table `events`; `typed` are `readings` and the tables of models. */
export type DataClass = (typeof DATA_CLASSES)[number];

/** Null is never. A day counts when it is over: with 7, the eighth day before today is the youngest that goes. */
export interface DataRetention {
  /** Then a day moves from the database to the archive. */
  readonly archiveAfterDays: number | null;
  /** Then it is deleted, from wherever it is. */
  readonly deleteAfterDays: number | null;
  /** The archive of this class holds at most so much: its oldest days are deleted. */
  readonly archiveBytesMax: number | null;
}

export const NO_RETENTION: DataRetention = {
  archiveAfterDays: null,
  deleteAfterDays: null,
  archiveBytesMax: null,
};

export const classOf = (table: string): DataClass => (table === 'events' ? 'raw' : 'typed');

/** What a run did, or would do. Bytes are those of files of the archive. */
export interface RetentionReport {
  readonly archivedRows: number;
  /** Partitions written for them. */
  readonly archivedParts: number;
  readonly deletedRows: number;
  /** Partitions of the archive that were deleted. */
  readonly deletedParts: number;
  readonly freedBytes: number;
  /** Small partitions of one day that became one. */
  readonly mergedParts: number;
}
