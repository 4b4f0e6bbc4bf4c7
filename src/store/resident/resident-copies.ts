/** Whose readings are in memory: those of tenants that are asked about, for as long as they are, as far as there is room. */
import {totalmem} from 'node:os';
import type {Between} from '../archive/partition-changes.js';
import {within} from '../archive/partitions.js';
import type {Loan, TenantDatabase} from '../tenant-database.js';
import {BYTES_PER_READING} from './block.js';
import {loadReadings} from './load-readings.js';
import type {BegunCopy} from './resident-copy.js';
import type {ResidentReadings, TimeRange} from './resident-readings.js';

/** Of the memory that this process may use: the other parts need more of it. */
const MEMORY_SHARE = 1 / 8;

/** A copy that nobody asked for so long is given up. */
const IDLE_MS = 600_000;
const LOOK_EVERY_MS = 60_000;
const RETRY_MS = 60_000;

/** As many readings as take their share of the memory that there is, or that a container leaves this process. */
export function readingsThatFit(): number {
  const constrained = process.constrainedMemory();
  const bytes = constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
  return Math.floor((bytes * MEMORY_SHARE) / BYTES_PER_READING);
}

export class ResidentCopies {
  /** When each was asked last. */
  readonly #askedAtMs = new Map<TenantDatabase, number>();
  readonly #looking: NodeJS.Timeout;
  /** One at a time. */
  #load: Promise<void> | undefined;
  #isClosed = false;

  /** `countMax`: readings of all tenants together. Shorter times are for tests. */
  constructor(
    private readonly countMax: number,
    private readonly between: Between,
    {idleMs, lookEveryMs} = {idleMs: IDLE_MS, lookEveryMs: LOOK_EVERY_MS},
  ) {
    this.#looking = setInterval(() => this.#dropIdle(idleMs), lookEveryMs).unref();
  }

  get count(): number {
    return this.#countBeside(undefined);
  }

  /** Undefined where readings of the range are elsewhere, too; those that are not in memory yet are read, as far as there is room. */
  of(database: TenantDatabase, range: TimeRange): ResidentReadings | undefined {
    const {resident, partitions} = database;
    this.#askedAtMs.set(database, performance.now());
    if (this.#load === undefined && resident.mayBegin) this.#load = this.#fill(database);
    const archived = partitions?.filter(({table}) => table === 'readings');
    return archived !== undefined && within(archived, range).length === 0 ? resident.readings : undefined;
  }

  /** Begins no load any more, and waits for the end of one. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#looking);
    for (const {resident} of this.#askedAtMs.keys()) resident.drop(Number.POSITIVE_INFINITY);
    await this.#load;
  }

  async #fill(database: TenantDatabase): Promise<void> {
    let begun: Begun | undefined;
    try {
      // Only then is a connection taken: one that waited for its turn would keep the file from being closed.
      await this.between(async () => {
        begun = await this.#begin(database);
      });
      if (begun) begun.copy.end(await loadReadings(begun.connection, begun.copy));
    } catch {
      // A closed or damaged file, or too many series: who asks the table is told what there is to say.
      database.resident.drop(RETRY_MS);
    } finally {
      await begun?.giveBack();
      this.#load = undefined;
    }
  }

  async #begin(database: TenantDatabase): Promise<Begun | undefined> {
    if (this.#isClosed) return undefined;
    const {connection, giveBack} = await database.lend(() => undefined);
    try {
      await connection.run('BEGIN TRANSACTION READ ONLY');
      // What the transaction sees is decided when it first looks.
      await connection.run('SELECT 1 FROM readings LIMIT 1');
    } catch (error) {
      await giveBack();
      throw error;
    }
    this.#askedAtMs.set(database, performance.now());
    const copy = database.resident.begin(() => this.countMax - this.#countBeside(database));
    return {connection, giveBack, copy};
  }

  #countBeside(database: TenantDatabase | undefined): number {
    let count = 0;
    for (const other of this.#askedAtMs.keys())
      if (other !== database) count += other.resident.readings?.count ?? 0;
    return count;
  }

  #dropIdle(idleMs: number): void {
    let isRoom = false;
    for (const [database, askedAtMs] of this.#askedAtMs) {
      if (performance.now() - askedAtMs < idleMs) continue;
      database.resident.drop(0);
      this.#askedAtMs.delete(database);
      isRoom = true;
    }
    if (!isRoom) return;
    // Those that had to do with less are read anew when they are asked again.
    for (const {resident} of this.#askedAtMs.keys())
      if (resident.readings?.isWhole === false) resident.drop(0);
  }
}

interface Begun extends Loan {
  readonly copy: BegunCopy;
}
