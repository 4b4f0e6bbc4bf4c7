/** The store: what devices said, in one DuckDB file a tenant, and the questions about it. */
import type {SeriesEpisode} from '../domain/episode-counts.js';
import {IotctlError} from '../domain/errors.js';
import type {ExportDay} from '../domain/history-export.js';
import type {ArchiveCheck, HistoryOutcome} from '../domain/retention.js';
import type {Freshness} from '../domain/stats.js';
import type {StatsTable} from '../domain/stats-table.js';
import type {StoreStatus} from '../domain/status.js';
import type {StreamReader} from '../stream/event-stream.js';
import {
  type ExportDaysRequest,
  type ExportedPart,
  type ExportPartRequest,
  exportDays,
  exportPart,
} from './archive/export.js';
import {HistoryKeeper} from './archive/keeper.js';
import type {Between} from './archive/partition-changes.js';
import type {RetentionRequest} from './archive/retention-request.js';
import type {EpisodesRequest} from './episodes/episodes-sql.js';
import type {WhenRequest} from './episodes/when-request.js';
import {type EventsPage, type EventsRequest, readEvents} from './event-history.js';
import {type DatabaseLimits, DEFAULT_LIMITS} from './locked-instance.js';
import type {LoadVersions} from './model-tables.js';
import {type QueryRequest, type QueryResult, runQuery} from './query.js';
import {ReadingQuestions} from './reading-questions.js';
import type {LoadRows} from './registry-tables.js';
import {ResidentCopies, readingsThatFit} from './resident/resident-copies.js';
import {ResultStream, type StreamRequest} from './result-stream.js';
import {Slots} from './slots.js';
import type {Answer} from './stats/answer.js';
import type {StatsRequest} from './stats/stats-request.js';
import {StoreAccess, WAITING_MAX} from './store-access.js';
import {StoreConsumer} from './store-consumer.js';
import {isFatal, isOutOfMemory, storeError} from './store-errors.js';
import {type StoreOnlyPart, storePart} from './store-only.js';
import {TenantFiles} from './tenant-files.js';

export interface StoreOptions {
  /** Where the files are: `{tenant}.duckdb`. Made with mode 0700 where it is missing. */
  readonly folder: string;
  /** Where the tenants' archives are: `tenant={id}/…`. In `folder` where it is absent. */
  readonly archiveFolder?: string | undefined;
  /** Stays the caller's to close. */
  readonly reader: StreamReader;
  readonly limits?: DatabaseLimits;
  /** Tenants that were deleted: their files go, and nothing of them is stored again. */
  readonly erased?: readonly string[] | undefined;
  /** Whose typed tables are filled; without it there are none. */
  readonly loadVersions?: LoadVersions | undefined;
  /** Where the rows of `devices` and `commands` come from; without it there are none. */
  readonly loadRows?: LoadRows | undefined;
  /** Rows that retention moves or deletes at once; as many as its own limit says where it is absent. */
  readonly retentionStepRows?: number | undefined;
  /** How many readings may be in memory, of all tenants together; as many as take an eighth of it where it is absent. */
  readonly residentReadings?: number | undefined;
}

const HISTORY_TIMEOUT_MS = 30_000;

/** Answers whose readers take their time: each holds a connection and a snapshot. */
const STREAMS_MAX = 16;
/** To write one day: the largest that there are take minutes. */
const EXPORT_TIMEOUT_MS = 600_000;

/** Reading history is short work: it does not wait behind queries, only behind its like. */
const HISTORIES_AT_ONCE = 1;

/** Readings that are read into memory. */
const LOADS_AT_ONCE = 1;

/** DuckDB's calls wait in libuv's threads (4 unless told otherwise): two are left for the writer and for files. */
const queriesAtOnce = (): number =>
  Math.max(
    1,
    Math.min(4, Number(process.env.UV_THREADPOOL_SIZE ?? 4) - HISTORIES_AT_ONCE - LOADS_AT_ONCE - 2),
  );

export class Store {
  readonly #querySlots = new Slots(queriesAtOnce(), WAITING_MAX);
  readonly #historySlots = new Slots(HISTORIES_AT_ONCE, WAITING_MAX);
  readonly #streams = new Set<ResultStream>();
  readonly #readings: ReadingQuestions;

  private constructor(
    private readonly files: TenantFiles,
    private readonly consumer: StoreConsumer,
    private readonly access: StoreAccess,
    private readonly keeper: HistoryKeeper,
    private readonly resident: ResidentCopies,
    private readonly load: LoadRows,
  ) {
    this.#readings = new ReadingQuestions(access, this.#querySlots, resident);
  }

  /**
   * Opens every tenant's file and begins to follow the stream. Throws `IOT_DATA_CORRUPT` (names the damaged file),
   * `IOT_DATA_HELD` (another process has it), `IOT_DISK_FULL`.
   */
  static async open({
    folder,
    archiveFolder,
    reader,
    limits = DEFAULT_LIMITS,
    erased,
    loadVersions = async () => [],
    loadRows = async () => ({json: '[]', last: undefined}),
    retentionStepRows,
    residentReadings = readingsThatFit(),
  }: StoreOptions): Promise<Store> {
    const files = new TenantFiles(folder, limits, {erased, loadVersions, archive: archiveFolder});
    const consumer = new StoreConsumer(reader, files);
    try {
      await consumer.start();
    } catch (error) {
      await files.close();
      throw error;
    }
    const between: Between = work => consumer.between(work);
    const keeper = new HistoryKeeper(files, between, retentionStepRows);
    const resident = new ResidentCopies(residentReadings, between);
    return new Store(files, consumer, new StoreAccess(files, consumer), keeper, resident, loadRows);
  }

  /** There are new events in the stream. */
  wake(): void {
    this.consumer.wake();
  }

  /** Resolves when everything is stored that is in the stream now; waits for as long as that takes. */
  catchUp(): Promise<void> {
    return this.consumer.catchUp();
  }

  /**
   * Throws `IOT_QUERY_INVALID`, `IOT_QUERY_REFUSED`, `IOT_QUERY_TIMEOUT`, `IOT_PART_UNAVAILABLE` (too many at once),
   * while the tenant's file cannot be used `IOT_DISK_FULL` or `IOT_DATA_CORRUPT`, and the reason of `cancel`.
   */
  async query(tenant: string, request: QueryRequest, cancel?: AbortSignal): Promise<QueryResult> {
    const {timeoutMs} = request;
    const freshness = await this.access.freshness(tenant, limitsOf(request), cancel);
    const result = await this.access.within({slots: this.#querySlots, timeoutMs, cancel}, signal =>
      this.access.using(tenant, database => runQuery(database, request, {signal, load: this.load})),
    );
    return {...result, freshness};
  }

  /** An answer that is read piece by piece; what is wrong with the statement is thrown with the first one. */
  async stream(
    tenant: string,
    request: StreamRequest,
    cancel?: AbortSignal,
  ): Promise<{stream: ResultStream; freshness: Freshness}> {
    const freshness = await this.access.freshness(tenant, limitsOf(request), cancel);
    if (this.#streams.size >= STREAMS_MAX)
      throw new IotctlError('IOT_PART_UNAVAILABLE', `${STREAMS_MAX} answers are being read already`);
    const stream = new ResultStream(request, {
      slots: this.#querySlots,
      endings: this.access.endings(cancel),
      load: this.load,
      using: use => this.access.using(tenant, use),
      onEnd: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    return {stream, freshness};
  }

  /**
   * Throws what `query` throws, `IOT_REQUEST_INVALID` where the answer would have too many rows, and `IOT_METRIC_UNKNOWN`
   * where no reading has the metric, at whatever time.
   */
  stats(tenant: string, request: StatsRequest): Promise<Answer<StatsTable>> {
    return this.#readings.stats(tenant, request);
  }

  /** As `stats`; `IOT_EXPRESSION_INVALID` too. */
  episodes(tenant: string, request: EpisodesRequest | WhenRequest): Promise<Answer<SeriesEpisode[]>> {
    return this.#readings.episodes(tenant, request);
  }

  /** Stored events in the order of the stream, and the offset from which on the stream itself has to be read. */
  async events(tenant: string, request: EventsRequest): Promise<EventsPage> {
    // Taken before the snapshot: what is below it is surely in it.
    const knownPosition = this.consumer.position;
    try {
      return await this.access.within({slots: this.#historySlots, timeoutMs: HISTORY_TIMEOUT_MS}, () =>
        this.access.using(tenant, database =>
          database.withConnection(connection => readEvents(connection, database, request, knownPosition)),
        ),
      );
    } catch (error) {
      // Sorting holds the whole page: with bodies of the largest size a smaller one has to do.
      if (!isOutOfMemory(error) || request.limit <= 1) throw error;
      return await this.events(tenant, {...request, limit: Math.ceil(request.limit / 8)});
    }
  }

  /**
   * Stores a part of an upload that does not go through the stream, once. Throws `IOT_DISK_FULL` and the like; it may be
   * stored all the same, and can be sent again.
   */
  async storePart(tenant: string, part: StoreOnlyPart): Promise<void> {
    if (this.consumer.problem) throw this.consumer.problem;
    await this.consumer.between(async () => {
      const database = await this.files.get(tenant);
      try {
        await storePart(database, part);
      } catch (error) {
        if (isFatal(error)) await this.files.discard(database);
        else await database.refreshProgress();
        throw storeError(error, database.file);
      }
    });
  }

  /** Deletes what is stored of a tenant. */
  erase(tenant: string): Promise<void> {
    return this.consumer.erase(tenant);
  }

  /**
   * Deletes what is stored of a device, archived too: all that was in the stream before this call. Throws
   * `IOT_ERASURE_INCOMPLETE` (names damaged files).
   */
  async eraseDevice(tenant: string, device: string): Promise<void> {
    await this.consumer.catchUp();
    await this.keeper.eraseDevice(tenant, device);
  }

  /** Moves old days to the archive and deletes what the policy lets go, in steps; ends when nothing is left to do. */
  retain(tenant: string, request: RetentionRequest): Promise<HistoryOutcome> {
    return this.keeper.retain(tenant, request);
  }

  /** Reads every file of the archive. */
  verifyArchive(tenant: string): Promise<ArchiveCheck> {
    return this.access.using(tenant, () => this.keeper.verify(tenant));
  }

  /** The days of these tables, or of all, with how many rows each has. Throws what `query` throws. */
  exportDays(tenant: string, request: ExportDaysRequest): Promise<{tables: string[]; days: ExportDay[]}> {
    return this.access.within({slots: this.#querySlots, timeoutMs: EXPORT_TIMEOUT_MS}, signal =>
      this.access.using(tenant, database => exportDays(database, request, signal)),
    );
  }

  /** A file with the rows of one day, which is the caller's to remove. Throws what `query` throws. */
  exportPart(tenant: string, request: ExportPartRequest): Promise<ExportedPart> {
    return this.access.within({slots: this.#querySlots, timeoutMs: EXPORT_TIMEOUT_MS}, signal =>
      this.access.using(tenant, database => exportPart(database, request, signal)),
    );
  }

  storageBytes(tenant: string): Promise<number> {
    return this.files.bytes(tenant);
  }

  async status(): Promise<Omit<StoreStatus, 'startedAt' | 'restarts'>> {
    const {problem, lag} = this.consumer;
    const databases = await this.files.opened();
    return {
      state: problem === undefined ? 'ok' : 'blocked',
      problem: problem?.message ?? null,
      lag,
      rowsTotal: databases.reduce((sum, {progress}) => sum + progress.eventCount, 0),
      archive: await this.files.archived(),
      readingsInMemory: this.resident.count,
      queries: {
        running: this.#querySlots.taken,
        waiting: this.#querySlots.waiting,
        streams: this.#streams.size,
      },
    };
  }

  /** Finishes the transaction in hand, interrupts all queries, closes the files. */
  async close(): Promise<void> {
    this.access.close();
    const emptied = this.resident.close();
    await Promise.all([...this.#streams].map(stream => stream.close()));
    await this.consumer.stop();
    await this.files.close();
    await this.keeper.idle();
    await emptied;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const limitsOf = ({consistent, devices, timeoutMs}: QueryRequest) => ({
  consistent,
  timeoutMs,
  limited: devices !== undefined,
});
