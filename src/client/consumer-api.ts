import type {Consumer, ConsumerFilter, ConsumerPace, ConsumerSecret, DeadLetter} from '../domain/consumer.js';
import {type Address, requestJson} from './request.js';

export interface ConsumerView extends Consumer {
  /** Offsets of the stream behind the newest one. */
  readonly lag: number;
}

/** What is not given is as the platform has it. */
export interface WantedConsumer extends Partial<ConsumerPace> {
  readonly name: string;
  readonly target: {readonly kind: Consumer['target']['kind']; readonly [setting: string]: unknown};
  readonly secret?: ConsumerSecret;
  readonly filter?: ConsumerFilter;
  readonly from?: string;
}

export interface CreatedConsumer {
  readonly consumer: ConsumerView;
  /** Where the platform made it; in this answer only. */
  readonly signingSecret?: string;
}

/** What a consumer has written on the platform, and nobody has taken away. */
export interface WrittenFiles {
  readonly files: number;
  readonly bytes: number;
}

/** Who is sent events by the platform itself. */
export class ConsumerApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async list(): Promise<{items: ConsumerView[]}> {
    return (await requestJson(this.#address, 'GET', '/v1/consumers')) as {items: ConsumerView[]};
  }

  async get(name: string): Promise<ConsumerView> {
    return (await requestJson(this.#address, 'GET', pathOf(name))) as ConsumerView;
  }

  async create(wanted: WantedConsumer): Promise<CreatedConsumer> {
    return (await requestJson(this.#address, 'POST', '/v1/consumers', {body: wanted})) as CreatedConsumer;
  }

  async pause(name: string): Promise<ConsumerView> {
    return (await requestJson(this.#address, 'POST', `${pathOf(name)}/pause`)) as ConsumerView;
  }

  async resume(name: string): Promise<ConsumerView> {
    return (await requestJson(this.#address, 'POST', `${pathOf(name)}/resume`)) as ConsumerView;
  }

  /** `beginning`, `now`, an offset or a time. */
  async seek(name: string, to: string): Promise<ConsumerView> {
    return (await requestJson(this.#address, 'POST', `${pathOf(name)}/seek`, {body: {to}})) as ConsumerView;
  }

  async remove(name: string): Promise<void> {
    await requestJson(this.#address, 'DELETE', pathOf(name));
  }

  /** Of one that is deleted, too. */
  async files(name: string): Promise<WrittenFiles> {
    return (await requestJson(this.#address, 'GET', `${pathOf(name)}/files`)) as WrittenFiles;
  }

  /** Gives back what was removed. */
  async removeFiles(name: string): Promise<WrittenFiles> {
    return (await requestJson(this.#address, 'DELETE', `${pathOf(name)}/files`)) as WrittenFiles;
  }

  async deadLetters(name: string, page: {after?: number; limit?: number} = {}): Promise<DeadLetter[]> {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(page)) query.set(key, String(value));
    const path = `${pathOf(name)}/dead-letters?${query.toString()}`;
    return ((await requestJson(this.#address, 'GET', path)) as {items: DeadLetter[]}).items;
  }

  /** All of them where no offsets are given. */
  async replay(name: string, offsets?: readonly number[]): Promise<number> {
    return await this.#change(name, 'replay', offsets);
  }

  async purge(name: string, offsets?: readonly number[]): Promise<number> {
    return await this.#change(name, 'purge', offsets);
  }

  async #change(
    name: string,
    verb: 'replay' | 'purge',
    offsets: readonly number[] | undefined,
  ): Promise<number> {
    const body = offsets === undefined ? {} : {offsets};
    const answer = await requestJson(this.#address, 'POST', `${pathOf(name)}/dead-letters/${verb}`, {body});
    return (answer as {count: number}).count;
  }
}

const pathOf = (name: string): string => `/v1/consumers/${encodeURIComponent(name)}`;
