/**
 * Keeps a tenant's history: what its policy says becomes of old days, and devices that are erased from the database and from the
 * archive. One piece of work at a time for each tenant.
 */
import {IotctlError} from '../../domain/errors.js';
import type {ArchiveCheck, HistoryOutcome} from '../../domain/retention.js';
import {isDamage, storeError} from '../store-errors.js';
import type {TenantFiles} from '../tenant-files.js';
import {type Between, PartitionChanges} from './partition-changes.js';
import {planRetention} from './retention-plan.js';
import type {RetentionRequest} from './retention-request.js';
import {RetentionRun} from './retention-run.js';
import {writeWithout} from './rewrite.js';
import {verifyArchive} from './verify.js';

/** Rows that a step moves or deletes at most; what they take in memory decides how many it can be. */
const STEP_ROWS = 250_000;

export class HistoryKeeper {
  readonly #working = new Map<string, Promise<unknown>>();
  readonly #verifying = new Map<string, Promise<ArchiveCheck>>();
  #lastVerified = Promise.resolve();

  /** `stepRows` is for tests. */
  constructor(
    private readonly files: TenantFiles,
    private readonly between: Between,
    private readonly stepRows = STEP_ROWS,
  ) {}

  /**
   * Ends when nothing is left to do. What fails half-way stays done so far: the next run goes on. Throws `IOT_DISK_FULL` and the like.
   */
  retain(tenant: string, request: RetentionRequest): Promise<HistoryOutcome> {
    return this.#alone(tenant, async () => {
      const changes = await this.#changes(tenant);
      const {database} = changes;
      try {
        return request.dryRun === true
          ? await planRetention(database, request, this.stepRows)
          : await new RetentionRun(changes, request, this.stepRows).run();
      } catch (error) {
        throw storeError(error, database.file);
      }
    });
  }

  /**
   * From the database and from every partition. What is still on its way into the store is not in either: see the caller.
   * Throws `IOT_ERASURE_INCOMPLETE` where files are damaged, once it is erased from everything else.
   */
  eraseDevice(tenant: string, device: string): Promise<void> {
    return this.#alone(tenant, async () => {
      await this.between(async () => (await this.files.get(tenant)).eraseDevice(device));
      const changes = await this.#changes(tenant);
      const {database} = changes;
      const damaged: string[] = [];
      for (const partition of await changes.partitions()) {
        const written = await writeWithout(database, partition, device).catch((error: unknown) => {
          if (!isDamage(error)) throw storeError(error, database.file);
          damaged.push(database.archive.pathOf(partition.file));
        });
        if (written) await changes.replace([partition], written.part);
      }
      if (damaged.length > 0) throw incomplete(device, damaged);
    });
  }

  /** Beside whatever else is done, but one archive at a time. Who asks for one that is being read is told what comes of that. */
  verify(tenant: string): Promise<ArchiveCheck> {
    const running = this.#verifying.get(tenant);
    if (running !== undefined) return running;
    const verifying = this.#lastVerified
      .then(async () => await verifyArchive(await this.files.get(tenant)))
      .finally(() => this.#verifying.delete(tenant));
    this.#verifying.set(tenant, verifying);
    this.#lastVerified = verifying.then(
      () => undefined,
      () => undefined,
    );
    return verifying;
  }

  /** Resolves when no work is in hand. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#working.values());
  }

  async #changes(tenant: string): Promise<PartitionChanges> {
    return new PartitionChanges(await this.files.get(tenant), this.files, this.between);
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

const incomplete = (device: string, damaged: readonly string[]): IotctlError =>
  new IotctlError(
    'IOT_ERASURE_INCOMPLETE',
    `${device} was erased from all but what cannot be read: ${damaged.join(', ')}`,
  );
