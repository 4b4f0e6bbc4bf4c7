import type {Claim} from '../domain/claim.js';
import {type Address, requestJson} from './request.js';

export interface WantedClaim {
  readonly model?: string;
  readonly device?: string;
  readonly serial?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ttlSec?: number;
  readonly approval?: boolean;
}

export interface CreatedClaim extends Claim {
  /** `XXXX-XXXX-XXC`; in this answer only. */
  readonly code: string;
  /** What a QR code says: `iotctl://claim?h=…&t=…&c=…&fp=…`. */
  readonly uri: string;
}

const PAGE = 500;

/** Codes with which devices get their first credential. */
export class ClaimApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async create(wanted: WantedClaim): Promise<CreatedClaim> {
    return (await requestJson(this.#address, 'POST', '/v1/claims', {body: wanted})) as CreatedClaim;
  }

  /** The newest first. */
  async *all(limit: number): AsyncGenerator<Claim> {
    let cursor: string | undefined;
    let left = limit;
    do {
      const query = {limit: Math.min(left, PAGE), cursor};
      const page = (await requestJson(this.#address, 'GET', '/v1/claims', {query})) as {
        items: Claim[];
        nextCursor: string | null;
      };
      yield* page.items;
      left -= page.items.length;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && left > 0);
  }

  async get(id: string): Promise<Claim> {
    return (await requestJson(this.#address, 'GET', pathOf(id))) as Claim;
  }

  async step(verb: 'withdraw' | 'approve' | 'deny', id: string): Promise<Claim> {
    return (await requestJson(this.#address, 'POST', `${pathOf(id)}/${verb}`)) as Claim;
  }
}

const pathOf = (id: string): string => `/v1/claims/${encodeURIComponent(id)}`;
