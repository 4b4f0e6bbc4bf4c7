import type {AuditOutcome, AuditRecord, AuditVerdict} from '../domain/audit.js';
import {type Address, requestJson, requestStream} from './request.js';

export interface AuditQuery {
  /** RFC 3339. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  /** The log of what belongs to no tenant, instead of one's own. */
  readonly platform?: true | undefined;
}

const PAGE = 500;

/** Every record is hashed again. */
const VERIFY_TIMEOUT_MS = 600_000;

/** Who did what. */
export class AuditApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  list(
    query: AuditQuery & {limit?: number | undefined; cursor?: string | undefined} = {},
  ): Promise<{items: AuditRecord[]; nextCursor: string | null}> {
    return requestJson(this.#address, 'GET', '/v1/audit', {query}) as Promise<{
      items: AuditRecord[];
      nextCursor: string | null;
    }>;
  }

  /** The newest first, at most `limit` of them. */
  async *all(query: AuditQuery, limit: number): AsyncGenerator<AuditRecord> {
    let cursor: string | undefined;
    let left = limit;
    do {
      const page = await this.list({...query, limit: Math.min(left, PAGE), cursor});
      yield* page.items;
      left -= page.items.length;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && left > 0);
  }

  /** Is the log as it was written? */
  async verify(query: Pick<AuditQuery, 'platform'> = {}): Promise<AuditVerdict> {
    return (await requestJson(this.#address, 'GET', '/v1/audit/verify', {
      query,
      timeoutMs: VERIFY_TIMEOUT_MS,
    })) as AuditVerdict;
  }

  /** The whole log as NDJSON, in pieces of any size. */
  export(query: Pick<AuditQuery, 'platform'> = {}, signal?: AbortSignal): AsyncGenerator<string> {
    return requestStream(this.#address, '/v1/audit/export', {query, signal});
  }
}
