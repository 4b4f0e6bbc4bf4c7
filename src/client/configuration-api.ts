import type {Configuration, ConfigurationSpec} from '../domain/configuration.js';
import {type Address, requestJson} from './request.js';

export type WantedConfiguration = Pick<ConfigurationSpec, 'selector' | 'patch'> & {
  readonly [Field in 'priority' | 'stages' | 'rejectedPercentMax']?: ConfigurationSpec[Field] | undefined;
};

export interface AppliedConfiguration {
  readonly configuration: Configuration;
  /** False where it was there already, just so. */
  readonly isChanged: boolean;
}

/** Patches that are laid over what is desired of many devices. */
export class ConfigurationApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async list(): Promise<{items: Configuration[]}> {
    return (await requestJson(this.#address, 'GET', '/v1/configurations')) as {items: Configuration[]};
  }

  async get(name: string): Promise<Configuration> {
    return (await requestJson(this.#address, 'GET', pathOf(name))) as Configuration;
  }

  async apply(
    name: string,
    wanted: WantedConfiguration,
    {dryRun}: {dryRun?: boolean} = {},
  ): Promise<AppliedConfiguration> {
    return (await requestJson(this.#address, 'POST', '/v1/configurations', {
      body: {name, ...wanted},
      query: {dryRun},
    })) as AppliedConfiguration;
  }

  async stop(name: string, {reason}: {reason?: string | undefined} = {}): Promise<Configuration> {
    const body = reason === undefined ? {} : {reason};
    return (await requestJson(this.#address, 'POST', `${pathOf(name)}/stop`, {body})) as Configuration;
  }

  async resume(name: string, {skipPending = false}: {skipPending?: boolean} = {}): Promise<Configuration> {
    return (await requestJson(this.#address, 'POST', `${pathOf(name)}/resume`, {
      body: {skipPending},
    })) as Configuration;
  }

  async delete(name: string): Promise<Configuration> {
    return (await requestJson(this.#address, 'DELETE', pathOf(name))) as Configuration;
  }
}

const pathOf = (name: string): string => `/v1/configurations/${encodeURIComponent(name)}`;
