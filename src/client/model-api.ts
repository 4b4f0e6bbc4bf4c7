import type {Model} from '../domain/model.js';
import type {Incompatibility} from '../domain/model-compatibility.js';
import {type Address, requestJson} from './request.js';

export interface ModelFault {
  /** `out-of-range:temperature`. */
  readonly fault: string;
  readonly count: number;
  readonly lastAt: string;
}

export interface AppliedModel {
  readonly model: Model;
  readonly isNew: boolean;
  readonly breaking: readonly Incompatibility[];
}

/** What kinds of devices there are. `ref` is `thermostat` or `thermostat@2`; `spec` is the content of a model file. */
export class ModelApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async list(): Promise<{items: Model[]}> {
    return (await requestJson(this.#address, 'GET', '/v1/models')) as {items: Model[]};
  }

  async get(ref: string): Promise<Model & {faults: ModelFault[]}> {
    return (await requestJson(this.#address, 'GET', pathOf(ref))) as Model & {faults: ModelFault[]};
  }

  async apply(
    spec: unknown,
    options: {allowBreaking?: boolean; dryRun?: boolean} = {},
  ): Promise<AppliedModel> {
    const query = {allowBreaking: options.allowBreaking, dryRun: options.dryRun};
    return (await requestJson(this.#address, 'POST', '/v1/models', {body: spec, query})) as AppliedModel;
  }

  async check(older: unknown, newer: unknown): Promise<{incompatibilities: Incompatibility[]}> {
    return (await requestJson(this.#address, 'POST', '/v1/models/check', {body: {older, newer}})) as {
      incompatibilities: Incompatibility[];
    };
  }

  async delete(ref: string): Promise<void> {
    await requestJson(this.#address, 'DELETE', pathOf(ref));
  }
}

const pathOf = (ref: string): string => `/v1/models/${encodeURIComponent(ref)}`;
