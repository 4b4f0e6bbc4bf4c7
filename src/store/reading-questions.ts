/** Questions about readings: which part of the store answers each, and what belongs to every answer. */
import type {SeriesEpisode} from '../domain/episode-counts.js';
import type {StatsTable} from '../domain/stats-table.js';
import type {EpisodesRequest} from './episodes/episodes-sql.js';
import {residentEpisodes} from './episodes/resident-episodes.js';
import {runEpisodes} from './episodes/run-episodes.js';
import {runWhen} from './episodes/run-when.js';
import type {WhenRequest} from './episodes/when-request.js';
import type {ResidentCopies} from './resident/resident-copies.js';
import type {ResidentReadings, TimeRange} from './resident/resident-readings.js';
import type {Slots} from './slots.js';
import {type Answer, type Answered, askReadings, streamReadings} from './stats/answer.js';
import {isForMemory, residentStats} from './stats/resident-stats.js';
import {runStats} from './stats/run-stats.js';
import type {ReadingChoice, StatsRequest} from './stats/stats-request.js';
import type {StoreAccess} from './store-access.js';
import type {TenantDatabase} from './tenant-database.js';
import {requireAnswered} from './told-metrics.js';

type Asked = ReadingChoice & {readonly timeoutMs: number; readonly consistent: boolean};
type Told = readonly {readonly metric: string}[];

export class ReadingQuestions {
  constructor(
    private readonly access: StoreAccess,
    private readonly slots: Slots,
    private readonly resident: ResidentCopies,
  ) {}

  async stats(tenant: string, request: StatsRequest): Promise<Answer<StatsTable>> {
    return await this.#answer(tenant, request, async (database, signal) => {
      const answer =
        (isForMemory(request)
          ? await this.#fromMemory(database, request, readings => residentStats(readings, request, signal))
          : undefined) ??
        (await askReadings(database, request, signal, (connection, readings) =>
          runStats(connection, request, readings),
        ));
      return {answer, told: answer.found.groups};
    });
  }

  async episodes(tenant: string, request: EpisodesRequest | WhenRequest): Promise<Answer<SeriesEpisode[]>> {
    return await this.#answer(tenant, request, async (database, signal) => {
      const answer =
        'when' in request
          ? await streamReadings(database, signal, (connection, begin) => runWhen(connection, request, begin))
          : await this.#limitEpisodes(database, request, signal);
      return {answer, told: answer.found};
    });
  }

  async #limitEpisodes(
    database: TenantDatabase,
    request: EpisodesRequest,
    signal: AbortSignal,
  ): Promise<Answered<SeriesEpisode[]>> {
    const answer =
      request.distinct === true
        ? undefined
        : await this.#fromMemory(database, request, readings => residentEpisodes(readings, request, signal));
    if (answer) return answer;
    return await askReadings(database, request, signal, (connection, readings) =>
      runEpisodes(connection, request, readings),
    );
  }

  /** Undefined where the answer has to come from the table. */
  async #fromMemory<Found>(
    database: TenantDatabase,
    range: TimeRange,
    ask: (readings: ResidentReadings) => Promise<Found | undefined>,
  ): Promise<Answered<Found> | undefined> {
    const readings = this.resident.of(database, range);
    if (readings === undefined) return undefined;
    const startMs = performance.now();
    const found = await ask(readings);
    if (found === undefined) return undefined;
    return {found, from: 'memory', elapsedMs: Math.round(performance.now() - startMs)};
  }

  /** `told`: parts of what was found, of which each names its metric. */
  async #answer<Found>(
    tenant: string,
    request: Asked,
    ask: (database: TenantDatabase, signal: AbortSignal) => Promise<{answer: Answered<Found>; told: Told}>,
  ): Promise<Answer<Found>> {
    const {timeoutMs, consistent, onlyDevices: limited} = request;
    const freshness = await this.access.freshness(tenant, {consistent, timeoutMs, limited}, undefined);
    const answered = await this.access.within({slots: this.slots, timeoutMs}, signal =>
      this.access.using(tenant, async database => {
        const {answer, told} = await ask(database, signal);
        await requireAnswered(database, request, told, signal);
        return answer;
      }),
    );
    return {...answered, freshness};
  }
}
