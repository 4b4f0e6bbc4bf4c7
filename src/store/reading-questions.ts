/** Questions about readings: which part of the store answers each, and what belongs to every answer. */
import type {SeriesEpisode} from '../domain/episode-counts.js';
import type {StatsTable} from '../domain/stats-table.js';
import type {EpisodesRequest} from './episodes/episodes-sql.js';
import {runEpisodes} from './episodes/run-episodes.js';
import {runWhen} from './episodes/run-when.js';
import type {WhenRequest} from './episodes/when-request.js';
import type {Slots} from './slots.js';
import {type Answer, type Answered, askReadings, streamReadings} from './stats/answer.js';
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
  ) {}

  async stats(tenant: string, request: StatsRequest): Promise<Answer<StatsTable>> {
    return await this.#answer(tenant, request, async (database, signal) => {
      const answer = await askReadings(database, request, signal, (connection, readings) =>
        runStats(connection, request, readings),
      );
      return {answer, told: answer.found.groups};
    });
  }

  async episodes(tenant: string, request: EpisodesRequest | WhenRequest): Promise<Answer<SeriesEpisode[]>> {
    return await this.#answer(tenant, request, async (database, signal) => {
      const answer = await episodesOf(database, request, signal);
      return {answer, told: answer.found};
    });
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

const episodesOf = (
  database: TenantDatabase,
  request: EpisodesRequest | WhenRequest,
  signal: AbortSignal,
): Promise<Answered<SeriesEpisode[]>> =>
  'when' in request
    ? streamReadings(database, signal, (connection, begin) => runWhen(connection, request, begin))
    : askReadings(database, request, signal, (connection, readings) =>
        runEpisodes(connection, request, readings),
      );
