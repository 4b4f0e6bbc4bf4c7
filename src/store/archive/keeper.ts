/**
 * Keeps a tenant's history: moves old days to the archive, deletes what its policy lets go, merges small partitions, and
 * erases devices from both. One piece of work at a time for each tenant, in steps between which the store stores on.
 */
import type {DuckDBConnection} from '@duckdb/node-api';
import {IotctlError} from '../../domain/errors.js';
import {
  classOf,
  DATA_CLASSES,
  type DataClass,
  type DataRetention,
  type HistoryReport,
  NOTHING_DONE,
} from '../../domain/retention.js';
import {visibleTables} from '../limited-view.js';
import {isDamage, isFatal, isOutOfMemory, storeError} from '../store-errors.js';
import type {TenantDatabase} from '../tenant-database.js';
import type {TenantFiles} from '../tenant-files.js';
import {dayBefore, dayOf, FIRST_DAY, nextDay} from './day-range.js';
import {commitPart, countRows, deleteOldest, writeOldest} from './move-rows.js';
import {addPartition, type Partition, readPartitions, removePartitions} from './partitions.js';
import {mergeable, writeMerged, writeWithout} from './rewrite.js';
import {daysBeyond, type HotRows, type StoredDay} from './size-limit.js';

export interface RetentionRequest {
  readonly policy: Readonly<Record<DataClass, DataRetention>>;
  readonly nowMs: number;
  /** Merges partitions of a day as soon as there are two, rather than only where there are many. */
  readonly compact?: boolean | undefined;
  /** Only says what would be done. */
  readonly dryRun?: boolean | undefined;
}

/** Rows that a step moves or deletes at most; what they take in memory decides how many it can be. */
const STEP_ROWS = 250_000;
const STEP_ROWS_MIN = 500;

/** Days that a table has in the archive at most: whoever dates values at random fills no folder without end. */
const PARTITIONS_MAX = 5000;

/** Partitions of one day that are merged by themselves. */
const MANY_PARTS = 4;

export class HistoryKeeper {
  readonly #working = new Map<string, Promise<unknown>>();

  /** `between` runs work between two transactions of the one writer. `stepRows` is for tests. */
  constructor(
    private readonly files: TenantFiles,
    private readonly between: (work: () => Promise<void>) => Promise<void>,
    private readonly stepRows = STEP_ROWS,
  ) {}

  /** Ends when nothing is left to do. What fails half-way stays done so far: the next run goes on. */
  retain(tenant: string, request: RetentionRequest): Promise<HistoryReport> {
    return this.#alone(tenant, async () => {
      const report = {...NOTHING_DONE};
      const database = await this.files.get(tenant);
      if (request.dryRun === true) {
        await this.#plan(database, request, report);
        return report;
      }
      const tables = await database.withConnection(connection => visibleTables(connection, tenant));
      for (const table of tables) await this.#retainTable(database, table, request, report);
      for (const kind of DATA_CLASSES) {
        const beyond = await database.withConnection(connection =>
          beyondSize(connection, tables, kind, request),
        );
        for (const day of beyond) await this.#deleteDay(database, day, report);
      }
      if (report.archivedRows + report.deletedRows > 0) await this.#checkpoint(database);
      return report;
    });
  }

  /**
   * From the database and from every partition. What is still on its way into the store is not in either: see the caller.
   * Throws `IOT_ERASURE_INCOMPLETE` where files are damaged, once it is erased from everything else.
   */
  eraseDevice(tenant: string, device: string): Promise<void> {
    return this.#alone(tenant, async () => {
      await this.between(async () => (await this.files.get(tenant)).eraseDevice(device));
      const database = await this.files.get(tenant);
      const damaged: string[] = [];
      for (const partition of await this.#partitions(database)) {
        try {
          const written = await writeWithout(database, partition, device);
          if (written) await this.#replace(database, [partition], written.part);
        } catch (error) {
          if (!isDamage(error)) throw storeError(error, database.file);
          damaged.push(database.archive.pathOf(partition.file));
        }
      }
      if (damaged.length > 0) throw incomplete(device, damaged);
    });
  }

  /** Resolves when no work is in hand. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#working.values());
  }

  async #plan(database: TenantDatabase, request: RetentionRequest, report: Draft): Promise<void> {
    await database.withConnection(async connection => {
      await connection.run('BEGIN TRANSACTION READ ONLY');
      const partitions = await readPartitions(connection);
      const tables = await visibleTables(connection, database.tenant);
      for (const table of tables) {
        const own = partitions.filter(partition => partition.table === table);
        const {archiveAfterDays, deleteAfterDays} = request.policy[classOf(table)];
        const deleted = deleteAfterDays === null ? FIRST_DAY : dayBefore(request.nowMs, deleteAfterDays);
        const leaving = deleteAfterDays === null ? [] : own.filter(({day}) => day < deleted);
        noteDeleted(report, leaving);
        if (deleteAfterDays !== null)
          report.deletedRows += await countRows(connection, table, undefined, deleted);
        if (archiveAfterDays !== null && own.length - leaving.length < PARTITIONS_MAX)
          report.archivedRows += await countRows(
            connection,
            table,
            deleted,
            dayBefore(request.nowMs, archiveAfterDays),
          );
        const staying = own.filter(partition => !leaving.includes(partition));
        report.mergedParts += this.#mergeable(staying, request).flat().length;
      }
      for (const kind of DATA_CLASSES)
        for (const day of await beyondSize(connection, tables, kind, request)) {
          noteDeleted(report, day.partitions);
          for (const hot of day.hot) noteRows(report, hot);
        }
    });
  }

  async #retainTable(
    database: TenantDatabase,
    table: string,
    request: RetentionRequest,
    report: Draft,
  ): Promise<void> {
    const {policy, nowMs} = request;
    const {archiveAfterDays, deleteAfterDays} = policy[classOf(table)];
    if (deleteAfterDays !== null)
      await this.#deleteBefore(database, table, dayBefore(nowMs, deleteAfterDays), report);
    if (archiveAfterDays !== null)
      await this.#archiveBefore(database, table, dayBefore(nowMs, archiveAfterDays), report);
    await this.#merge(database, table, request, report);
  }

  async #deleteBefore(
    database: TenantDatabase,
    table: string,
    beforeDay: string,
    report: Draft,
  ): Promise<void> {
    const old = (await this.#partitions(database)).filter(
      partition => partition.table === table && partition.day < beforeDay,
    );
    await this.#delete(database, old, report);
    await this.#deleteHot(database, table, beforeDay, report);
  }

  /** The oldest that there is: what lies before it goes with it. */
  async #deleteDay(
    database: TenantDatabase,
    {day, partitions, hot}: StoredDay,
    report: Draft,
  ): Promise<void> {
    await this.#delete(database, partitions, report);
    for (const {table, bytes} of hot) {
      await this.#deleteHot(database, table, nextDay(day), report);
      report.freedBytes += bytes;
    }
  }

  async #deleteHot(database: TenantDatabase, table: string, beforeDay: string, report: Draft): Promise<void> {
    for (let rows = this.stepRows; rows > 0; ) {
      await this.#transact(database, async writer => {
        rows = await deleteOldest(writer, table, {beforeDay, rowsMax: this.stepRows});
      });
      report.deletedRows += rows;
    }
  }

  async #archiveBefore(
    database: TenantDatabase,
    table: string,
    beforeDay: string,
    report: Draft,
  ): Promise<void> {
    let count = (await this.#partitions(database)).filter(partition => partition.table === table).length;
    let rowsMax = this.stepRows;
    while (count < PARTITIONS_MAX) {
      try {
        const written = await writeOldest(database, table, {beforeDay, rowsMax});
        if (written === undefined) return;
        await this.#commit(database, written.part, writer => commitPart(writer, written));
        report.archivedRows += written.part.rows;
        report.archivedParts++;
        count++;
      } catch (error) {
        // Bodies of the largest size: fewer rows at once have to do.
        if (!isOutOfMemory(error) || rowsMax <= STEP_ROWS_MIN) throw error;
        rowsMax = Math.ceil(rowsMax / 4);
      }
    }
  }

  async #merge(
    database: TenantDatabase,
    table: string,
    request: RetentionRequest,
    report: Draft,
  ): Promise<void> {
    const own = (await this.#partitions(database)).filter(partition => partition.table === table);
    for (const group of this.#mergeable(own, request)) {
      const part = await writeMerged(database, group);
      await this.#replace(database, group, part);
      report.mergedParts += group.length;
    }
  }

  #mergeable(partitions: readonly Partition[], {compact = false}: RetentionRequest): Partition[][] {
    return mergeable(partitions, {many: compact ? 2 : MANY_PARTS, rowsMax: this.stepRows});
  }

  async #delete(database: TenantDatabase, partitions: readonly Partition[], report: Draft): Promise<void> {
    if (partitions.length === 0) return;
    await this.#replace(database, partitions, undefined);
    noteDeleted(report, partitions);
  }

  /** The new one, if there is any, takes the place of the old ones at once. */
  async #replace(
    database: TenantDatabase,
    old: readonly Partition[],
    part: Partition | undefined,
  ): Promise<void> {
    const swap = async (writer: DuckDBConnection): Promise<void> => {
      await removePartitions(writer, old);
      if (part) await addPartition(writer, part);
    };
    if (part) await this.#commit(database, part, swap);
    else await this.#transact(database, swap);
    await database.archive.discard(old.map(({file}) => file));
  }

  /** Makes a file a partition. One that did not become one goes, but only where it is certain that it did not. */
  async #commit(
    database: TenantDatabase,
    part: Partition,
    write: (writer: DuckDBConnection) => Promise<void>,
  ): Promise<void> {
    try {
      await this.#transact(database, write);
    } catch (error) {
      const held = await this.#partitions(database).catch(() => undefined);
      if (held === undefined) throw error;
      if (held.some(({file}) => file === part.file)) return;
      await database.archive.discard([part.file]);
      throw error;
    }
  }

  async #transact(
    database: TenantDatabase,
    write: (writer: DuckDBConnection) => Promise<void>,
  ): Promise<void> {
    await this.between(async () => {
      try {
        await database.rearrange(write);
      } catch (error) {
        if (isFatal(error)) await this.files.discard(database);
        throw error;
      }
    });
  }

  /** So that the room of what left is used again. It is put off where that is not possible just now. */
  async #checkpoint(database: TenantDatabase): Promise<void> {
    await this.between(() => database.checkpoint());
  }

  #partitions(database: TenantDatabase): Promise<Partition[]> {
    return database.withConnection(readPartitions);
  }

  #alone<T>(tenant: string, work: () => Promise<T>): Promise<T> {
    const before = this.#working.get(tenant) ?? Promise.resolve();
    const working = before.then(work, work);
    this.#working.set(tenant, working);
    const done = (): void => {
      if (this.#working.get(tenant) === working) this.#working.delete(tenant);
    };
    working.then(done, done);
    return working;
  }
}

type Draft = {-readonly [Name in keyof HistoryReport]: HistoryReport[Name]};

const incomplete = (device: string, damaged: readonly string[]): IotctlError =>
  new IotctlError(
    'IOT_ERASURE_INCOMPLETE',
    `${device} was erased from all but what cannot be read: ${damaged.join(', ')}`,
  );

/** The oldest days of a class that have to go until it takes no more than it may. */
async function beyondSize(
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

function noteRows(report: Draft, {rows, bytes}: HotRows): void {
  report.deletedRows += rows;
  report.freedBytes += bytes;
}

function noteDeleted(report: Draft, leaving: readonly Partition[]): void {
  report.deletedRows += leaving.reduce((sum, {rows}) => sum + rows, 0);
  report.deletedParts += leaving.length;
  report.freedBytes += bytesOf(leaving);
}

const bytesOf = (partitions: readonly Partition[]): number =>
  partitions.reduce((sum, {bytes}) => sum + bytes, 0);
