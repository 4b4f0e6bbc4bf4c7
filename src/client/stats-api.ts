import type {EpisodesAnswer} from '../domain/episode-answer.js';
import type {StatsAnswer} from '../domain/stats.js';
import {type Address, requestJson} from './request.js';

/** The range is `lastMs` before now, or `since` and `until` (RFC 3339). */
interface AskedReadings {
  readonly lastMs?: number | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly by?: readonly string[] | undefined;
  readonly selector?: string | undefined;
  readonly devices?: readonly string[] | undefined;
  readonly component?: string | undefined;
  readonly distinct?: boolean | undefined;
  readonly consistent?: boolean | undefined;
  readonly timeoutMs?: number | undefined;
}

interface AskedStats extends AskedReadings {
  readonly metrics: readonly string[];
  readonly everyMs?: number | undefined;
  readonly timezone?: string | undefined;
  readonly aggregates?: readonly string[] | undefined;
}

/** One of `outside`, `above`, `below` and `when`. */
interface AskedEpisodes extends AskedReadings {
  readonly metric: string;
  readonly outside?: {readonly low: number; readonly high: number} | undefined;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  readonly when?: string | undefined;
  readonly hysteresis?: number | undefined;
  readonly forMs?: number | undefined;
  readonly maxGapMs?: number | undefined;
}

/** How long the platform works at a question when nothing else is said. */
const TIMEOUT_MS = 30_000;

/** What is waited for beyond that. */
const REQUEST_TIMEOUT_MS = 30_000;

/** What readings come to: numbers over a range of time. */
export class StatsApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async stats(asked: AskedStats): Promise<StatsAnswer> {
    return (await this.#ask('/v1/stats', asked)) as StatsAnswer;
  }

  async episodes(asked: AskedEpisodes): Promise<EpisodesAnswer> {
    return (await this.#ask('/v1/episodes', asked)) as EpisodesAnswer;
  }

  #ask(path: string, body: AskedReadings): Promise<unknown> {
    const timeoutMs = (body.timeoutMs ?? TIMEOUT_MS) + REQUEST_TIMEOUT_MS;
    return requestJson(this.#address, 'POST', path, {body, timeoutMs});
  }
}
