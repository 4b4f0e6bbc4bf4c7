import type {Ban} from '../domain/ban.js';
import {type Address, requestJson} from './request.js';

/** With both, a device is banned from that address only. */
export interface WantedBan {
  readonly address?: string;
  readonly device?: string;
  /** Without it, until someone takes it away. */
  readonly durationMs?: number;
  readonly reason: string;
}

/** Who is not let in for a while. */
export class BanApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async list(): Promise<{items: Ban[]}> {
    return (await requestJson(this.#address, 'GET', '/v1/bans')) as {items: Ban[]};
  }

  async add(ban: WantedBan): Promise<Ban> {
    return (await requestJson(this.#address, 'POST', '/v1/bans', {body: ban})) as Ban;
  }

  async remove(id: string): Promise<void> {
    await requestJson(this.#address, 'DELETE', `/v1/bans/${encodeURIComponent(id)}`);
  }
}
