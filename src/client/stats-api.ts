import type {StatsAnswer} from '../domain/stats.js';
import {type Address, requestJson} from './request.js';

/** The range is `lastMs` before now, or `since` and `until` (RFC 3339). */
export interface AskedStats {
  readonly metrics: readonly string[];
  readonly lastMs?: number | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly everyMs?: number | undefined;
  readonly timezone?: string | undefined;
  readonly by?: readonly string[] | undefined;
  readonly aggregates?: readonly string[] | undefined;
  readonly selector?: string | undefined;
  readonly devices?: readonly string[] | undefined;
  readonly component?: string | undefined;
  readonly distinct?: boolean | undefined;
  readonly consistent?: boolean | undefined;
  readonly timeoutMs?: number | undefined;
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
    const timeoutMs = (asked.timeoutMs ?? TIMEOUT_MS) + REQUEST_TIMEOUT_MS;
    return (await requestJson(this.#address, 'POST', '/v1/stats', {body: asked, timeoutMs})) as StatsAnswer;
  }
}
