import type {ArchiveCheck, RetentionChange, RetentionPolicy, RetentionReport} from '../domain/retention.js';
import {type Address, requestJson} from './request.js';

/** Answers come when all is done: years that are archived for the first time, or read once more, take their while. */
const RUN_TIMEOUT_MS = 6 * 3_600_000;

/** How long the tenant's data is kept. */
export class RetentionApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  /** With `platform`, of what belongs to no tenant. */
  async get(of: {platform?: true} = {}): Promise<RetentionPolicy> {
    return (await requestJson(this.#address, 'GET', '/v1/retention', {query: of})) as RetentionPolicy;
  }

  /** What is not named stays as it is. */
  async set(change: RetentionChange): Promise<RetentionPolicy> {
    return (await requestJson(this.#address, 'PATCH', '/v1/retention', {body: change})) as RetentionPolicy;
  }

  /** What a run would do. */
  async plan(how: {compact: boolean}): Promise<RetentionReport> {
    return (await requestJson(this.#address, 'GET', '/v1/retention/plan', {query: how})) as RetentionReport;
  }

  async run(how: {compact: boolean}): Promise<RetentionReport> {
    return (await requestJson(this.#address, 'POST', '/v1/retention/run', {
      body: how,
      timeoutMs: RUN_TIMEOUT_MS,
    })) as RetentionReport;
  }

  /** Reads the whole archive. */
  async verifyArchive(): Promise<ArchiveCheck> {
    return (await requestJson(this.#address, 'GET', '/v1/retention/archive', {
      timeoutMs: RUN_TIMEOUT_MS,
    })) as ArchiveCheck;
  }
}
