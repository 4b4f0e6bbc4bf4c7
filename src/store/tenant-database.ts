/** One tenant's DuckDB file: opened once, locked down, its connections handed out and counted. */
import {setTimeout} from 'node:timers/promises';
import type {DuckDBConnection, DuckDBInstance} from '@duckdb/node-api';
import {IotctlError} from '../domain/errors.js';
import {ArchiveFolder} from './archive/archive-folder.js';
import {type Partition, readPartitions} from './archive/partitions.js';
import {type DatabaseLimits, fileOf, lockDown, openInstance} from './locked-instance.js';
import {type LoadVersions, ModelTables} from './model-tables.js';
import {type Progress, readLastEventMs, readProgress} from './progress.js';
import {type ReadingsChange, ResidentCopy} from './resident/resident-copy.js';
import {migrate} from './schema.js';
import {storeError} from './store-errors.js';

/** A connection that is somebody's until it is given back. */
export interface Loan {
  readonly connection: DuckDBConnection;
  readonly giveBack: () => Promise<void>;
}

export interface TenantOptions extends DatabaseLimits {
  readonly loadVersions: LoadVersions;
  /** The folder of all tenants' archives. */
  readonly archive: string;
}

/** How long closing waits for queries to heed their interruption. */
const CLOSE_WAIT_MS = 2000;
/** An interruption that arrives between two statements is lost, so it is repeated. */
const INTERRUPT_EVERY_MS = 20;

/** Only the newest row of the progress counts; the others are deleted when there are this many. */
const PROGRESS_ROWS_MAX = 1000;

/** Two instances on one file in one process do not see each other, and DuckDB does not stop them. */
const openFiles = new Set<string>();

export class TenantDatabase {
  /** With what to do when the file is being closed: by itself, a reader's pause would keep it open. */
  readonly #lent = new Map<DuckDBConnection, () => void>();
  /** The readings in memory. */
  readonly resident = new ResidentCopy();
  #closed = false;
  #progress: Progress = {nextOffset: 0, eventCount: 0};
  #partitions: readonly Partition[] | undefined;
  /** At most so many rows are in the table; a file just opened is tidied by its first transaction. */
  #progressRows = PROGRESS_ROWS_MAX;

  private constructor(
    readonly tenant: string,
    readonly file: string,
    readonly instance: DuckDBInstance,
    readonly writer: DuckDBConnection,
    readonly models: ModelTables,
    readonly archive: ArchiveFolder,
  ) {}

  /** Throws `IOT_DATA_CORRUPT` when the file or its WAL is damaged, `IOT_DATA_HELD` when another process has it. */
  static async open(
    folder: string,
    tenant: string,
    {loadVersions, archive: archives, ...limits}: TenantOptions,
  ): Promise<TenantDatabase> {
    const file = fileOf(folder, tenant);
    if (openFiles.has(file)) throw new IotctlError('IOT_DATA_HELD', `${file} is open already`);
    openFiles.add(file);
    let instance: DuckDBInstance | undefined;
    let writer: DuckDBConnection | undefined;
    try {
      instance = await openInstance(folder, tenant, limits);
      writer = await instance.connect();
      await writer.run("SET GLOBAL TimeZone = 'UTC'");
      const made = await migrate(writer, file);
      const archive = new ArchiveFolder(archives, tenant);
      const partitions = await readPartitions(writer);
      await archive.open(
        partitions.map(partition => partition.file),
        made,
      );
      await lockDown(writer, archive.path);
      const models = new ModelTables(tenant, loadVersions);
      const database = new TenantDatabase(tenant, file, instance, writer, models, archive);
      database.#partitions = partitions;
      await database.refreshProgress();
      return database;
    } catch (error) {
      // Both: an instance stays open for as long as one of its connections is.
      writer?.closeSync();
      instance?.closeSync();
      openFiles.delete(file);
      throw storeError(error, file);
    }
  }

  /** How far this tenant's events are stored, as of the last commit. */
  get progress(): Progress {
    return this.#progress;
  }

  /**
   * The partitions as of the last commit, another array after every change; undefined while they are being changed. What was
   * asked with these is right where they are still the same ones afterwards.
   */
  get partitions(): readonly Partition[] | undefined {
    return this.#partitions;
  }

  /** Reads the progress from the file: after a commit that failed nobody else knows what became of it. */
  async refreshProgress(): Promise<void> {
    this.#progress = {
      ...(await readProgress(this.writer)),
      lastEventMs: await readLastEventMs(this.writer),
    };
  }

  /**
   * Runs `write` and moves the progress, in one transaction: after any crash both are there, or neither is.
   * When it fails nothing of it is stored, unless only the answer to the commit was lost: ask `refreshProgress`.
   * `readings` says what becomes of the readings.
   */
  async transact(
    next: Progress,
    readings: ReadingsChange,
    write: (writer: DuckDBConnection) => Promise<void>,
  ): Promise<void> {
    await this.writer.run('BEGIN');
    try {
      await write(this.writer);
      // Added, not updated: DuckDB puts off checkpoints after an update for as long as any query runs.
      if (++this.#progressRows > PROGRESS_ROWS_MAX) await this.writer.run('DELETE FROM internal.progress');
      await this.writer.run('INSERT INTO internal.progress VALUES ($1, $2)', [
        BigInt(next.nextOffset),
        BigInt(next.eventCount),
      ]);
      await this.writer.run('COMMIT');
    } catch (error) {
      // A failed commit has rolled back already, and an invalidated instance cannot: neither is news.
      await this.writer.run('ROLLBACK').catch(() => undefined);
      this.resident.committed('unknown');
      throw error;
    }
    this.#progress = next;
    this.resident.committed(readings);
    if (this.#progressRows > PROGRESS_ROWS_MAX) this.#progressRows = 1;
  }

  /** As `transact`, of what may change the partitions; the progress stays. */
  async rearrange(write: (writer: DuckDBConnection) => Promise<void>): Promise<void> {
    this.#partitions = undefined;
    try {
      await this.transact(this.#progress, 'unknown', write);
    } finally {
      // Whatever became of it. A database that does not answer any more is about to be opened anew.
      this.#partitions = await readPartitions(this.writer).catch(() => undefined);
    }
  }

  /** Deletes a device's rows from every table that names devices, and writes what is left to the file. */
  async eraseDevice(device: string): Promise<void> {
    const reader = await this.writer.runAndReadAll(
      `SELECT table_name FROM duckdb_columns() JOIN duckdb_tables() USING (schema_name, table_name)
        WHERE schema_name = 'main' AND column_name = 'device'`,
    );
    await this.transact(this.#progress, 'unknown', async writer => {
      for (const [table] of reader.getRows())
        await writer.run(`DELETE FROM "${String(table)}" WHERE device = $1`, [device]);
    });
    await this.checkpoint();
  }

  /** Writes what is left to the file, so that the room of deleted rows is used again; put off where that is not possible now. */
  async checkpoint(): Promise<void> {
    await this.writer.run('CHECKPOINT').catch(() => undefined);
  }

  /** Lends a connection of its own to `use`, and takes it back however that ends. */
  async withConnection<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const {connection, giveBack} = await this.lend(() => undefined);
    try {
      return await use(connection);
    } finally {
      await giveBack();
    }
  }

  /** Lends a connection of its own; `onClose` is called when the file is being closed, and has it given back soon. */
  async lend(onClose: () => void): Promise<Loan> {
    if (this.#closed) throw new IotctlError('IOT_PART_UNAVAILABLE', `${this.file} is being closed`);
    const connection = await this.instance.connect();
    this.#lent.set(connection, onClose);
    this.archive.entered(connection);
    return {
      connection,
      giveBack: async () => {
        if (!this.#lent.delete(connection)) return;
        connection.closeSync();
        this.#releaseFile();
        await this.archive.left(connection);
      },
    };
  }

  /**
   * Interrupts what runs, waits for it, and closes the file; DuckDB writes a last checkpoint where it can.
   * A query that does not heed the interruption keeps the file open: it cannot be opened again until that ends.
   */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.resident.drop();
      this.writer.closeSync();
      this.instance.closeSync();
      for (const onClose of this.#lent.values()) onClose();
    }
    const deadlineMs = performance.now() + CLOSE_WAIT_MS;
    while (this.#lent.size > 0 && performance.now() < deadlineMs) {
      for (const connection of this.#lent.keys()) connection.interrupt();
      await setTimeout(INTERRUPT_EVERY_MS);
    }
    this.#releaseFile();
  }

  #releaseFile(): void {
    if (this.#closed && this.#lent.size === 0) openFiles.delete(this.file);
  }
}
