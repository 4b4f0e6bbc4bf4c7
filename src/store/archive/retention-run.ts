/** Moves a tenant's old days to the archive and deletes what its policy lets go, in steps between which the store stores on. */
import {classOf, DATA_CLASSES, type HistoryOutcome, NOTHING_DONE} from '../../domain/retention.js';
import {visibleTables} from '../limited-view.js';
import {isDamage, isOutOfMemory, storeError} from '../store-errors.js';
import {dayBefore, nextDay} from './day-range.js';
import {commitPart, deleteOldest, writeOldest} from './move-rows.js';
import type {PartitionChanges} from './partition-changes.js';
import type {Partition} from './partitions.js';
import {
  beyondSize,
  groupsToMerge,
  noteDeleted,
  PARTITIONS_MAX,
  type ReportDraft,
  type RetentionRequest,
} from './retention-request.js';
import {writeMerged} from './rewrite.js';
import type {StoredDay} from './size-limit.js';

const STEP_ROWS_MIN = 500;

export class RetentionRun {
  readonly #report: ReportDraft = {...NOTHING_DONE};
  #damage: string | undefined;

  constructor(
    private readonly changes: PartitionChanges,
    private readonly request: RetentionRequest,
    private readonly stepRows: number,
  ) {}

  /** Ends when nothing is left to do but what a damaged file stands in the way of. */
  async run(): Promise<HistoryOutcome> {
    const {database} = this.changes;
    const tables = await database.withConnection(connection => visibleTables(connection, database.tenant));
    for (const table of tables) await this.#keepAges(table);
    for (const kind of DATA_CLASSES) {
      const beyond = await database.withConnection(connection =>
        beyondSize(connection, tables, kind, this.request),
      );
      for (const day of beyond) await this.#deleteDay(day);
    }
    if (this.#report.archivedRows + this.#report.deletedRows > 0) await this.changes.checkpoint();
    return {...this.#report, damage: this.#damage};
  }

  async #keepAges(table: string): Promise<void> {
    const {policy, nowMs} = this.request;
    const {archiveAfterDays, deleteAfterDays} = policy[classOf(table)];
    if (deleteAfterDays !== null) await this.#deleteBefore(table, dayBefore(nowMs, deleteAfterDays));
    if (archiveAfterDays !== null) await this.#archiveBefore(table, dayBefore(nowMs, archiveAfterDays));
    await this.#merge(table);
  }

  async #deleteBefore(table: string, beforeDay: string): Promise<void> {
    const own = await this.changes.ofTable(table);
    await this.#deleteParts(own.filter(({day}) => day < beforeDay));
    await this.#deleteHot(table, beforeDay);
  }

  /** The oldest that there is: what lies before it goes with it. */
  async #deleteDay({day, partitions, hot}: StoredDay): Promise<void> {
    await this.#deleteParts(partitions);
    for (const {table, bytes} of hot) {
      await this.#deleteHot(table, nextDay(day));
      this.#report.freedBytes += bytes;
    }
  }

  async #deleteParts(partitions: readonly Partition[]): Promise<void> {
    if (partitions.length === 0) return;
    await this.changes.replace(partitions, undefined);
    noteDeleted(this.#report, partitions);
  }

  async #deleteHot(table: string, beforeDay: string): Promise<void> {
    for (let rows = this.stepRows; rows > 0; ) {
      await this.changes.transact(async writer => {
        rows = await deleteOldest(writer, table, {beforeDay, rowsMax: this.stepRows});
      });
      this.#report.deletedRows += rows;
    }
  }

  async #archiveBefore(table: string, beforeDay: string): Promise<void> {
    let count = (await this.changes.ofTable(table)).length;
    let rowsMax = this.stepRows;
    while (count < PARTITIONS_MAX) {
      try {
        const written = await writeOldest(this.changes.database, table, {beforeDay, rowsMax});
        if (written === undefined) return;
        await this.changes.commit(written.part, writer => commitPart(writer, written));
        this.#report.archivedRows += written.part.rows;
        this.#report.archivedParts++;
        count++;
      } catch (error) {
        // Bodies of the largest size: fewer rows at once have to do.
        if (!isOutOfMemory(error) || rowsMax <= STEP_ROWS_MIN) throw error;
        rowsMax = Math.ceil(rowsMax / 4);
      }
    }
  }

  async #merge(table: string): Promise<void> {
    const own = await this.changes.ofTable(table);
    for (const group of groupsToMerge(own, this.request, this.stepRows)) {
      const part = await writeMerged(this.changes.database, group).catch(error => this.#damaged(error));
      if (part === undefined) continue;
      await this.changes.replace(group, part);
      this.#report.mergedParts += group.length;
    }
  }

  /** Files that should have been merged stay as they are, and whatever else is to be done is done. */
  #damaged(error: unknown): undefined {
    if (!isDamage(error)) throw error;
    this.#damage ??= storeError(error, this.changes.database.file).message;
  }
}
