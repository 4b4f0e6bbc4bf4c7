/** What the store thread and the main thread offer each other. */

import type {SeriesEpisode} from '../domain/episode-counts.js';
import type {ExportDay} from '../domain/history-export.js';
import type {ModelSpec} from '../domain/model.js';
import type {QueryEnd} from '../domain/query.js';
import type {ArchiveCheck, HistoryOutcome} from '../domain/retention.js';
import type {StatsTable} from '../domain/stats-table.js';
import type {StoreStatus} from '../domain/status.js';
import type {ExportDaysRequest, ExportedPart, ExportPartRequest} from '../store/archive/export.js';
import type {RetentionRequest} from '../store/archive/retention-request.js';
import type {EpisodesRequest} from '../store/episodes/episodes-sql.js';
import type {WhenRequest} from '../store/episodes/when-request.js';
import type {EventsPage, EventsRequest} from '../store/event-history.js';
import type {QueryRequest, QueryResult} from '../store/query.js';
import type {LoadRows} from '../store/registry-tables.js';
import type {StreamRequest} from '../store/result-stream.js';
import type {Answer} from '../store/stats/answer.js';
import type {StatsRequest} from '../store/stats/stats-request.js';
import type {StoreOnlyPart} from '../store/store-only.js';
import type {LogNotice} from './thread-log.js';

export type StoreOffers = {
  /** Everything before `head` is on disk. */
  wake(head: number): void;
  stats(of: {tenant: string; stats: StatsRequest}): Promise<Answer<StatsTable>>;
  episodes(of: {tenant: string; episodes: EpisodesRequest | WhenRequest}): Promise<Answer<SeriesEpisode[]>>;
  /** `id` is one of the main thread's, by which the query can be cancelled. */
  query(request: {id: number; tenant: string; query: QueryRequest}): Promise<QueryResult>;
  /** Begins an answer that is read piece by piece. */
  openStream(request: {id: number; tenant: string; query: StreamRequest}): Promise<void>;
  /** The next piece, and behind the last one what is known of the whole. */
  readStream(id: number): Promise<Uint8Array | QueryEnd>;
  /** Nobody wants the answer any more; nothing happens where it is over. */
  cancelQuery(id: number): void;
  events(request: {tenant: string; filter: EventsRequest}): Promise<EventsPage>;
  /** Stores a part of an upload, past the stream; once, however often it is sent. */
  storePart(part: {tenant: string} & StoreOnlyPart): Promise<void>;
  /** Deletes what is stored of a tenant. */
  erase(tenant: string): Promise<void>;
  /** Deletes what is stored of a device, and what the stream has of it by now. */
  eraseDevice(of: {tenant: string; device: string}): Promise<void>;
  /** Ends when nothing is left to do. */
  retain(request: {tenant: string} & RetentionRequest): Promise<HistoryOutcome>;
  verifyArchive(tenant: string): Promise<ArchiveCheck>;
  exportDays(request: {tenant: string} & ExportDaysRequest): Promise<{tables: string[]; days: ExportDay[]}>;
  exportPart(request: {tenant: string} & ExportPartRequest): Promise<ExportedPart>;
  storageBytes(tenant: string): Promise<number>;
  status(nothing: undefined): Promise<Omit<StoreStatus, 'startedAt' | 'restarts'>>;
  /** Stores what the stream holds, for at most `catchUpMs`, and closes the databases. */
  close(request: {catchUpMs: number}): Promise<void>;
};

export type OffersToStore = {
  ready(nothing: undefined): void;
  /** All versions of a model, oldest first. */
  modelVersions(request: {tenant: string; name: string}): Promise<readonly ModelSpec[]>;
  /** The next rows of `devices` or `commands`. */
  registryRows(request: Parameters<LoadRows>[0]): ReturnType<LoadRows>;
  log(notice: LogNotice): void;
};

export interface StoreThreadData {
  readonly streamFolder: string;
  readonly storeFolder: string;
  readonly archiveFolder: string;
  /** Tenants that were deleted. */
  readonly erased: readonly string[];
}
