import {type Address, requestJson} from './request.js';

export interface GroupKeyView {
  readonly name: string;
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface CreatedGroupKey extends GroupKeyView {
  /** Base64; in this answer only. */
  readonly key: string;
}

/** Keys of groups, from which those of their devices are derived. */
export class GroupKeyApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async list(): Promise<{items: GroupKeyView[]}> {
    return (await requestJson(this.#address, 'GET', '/v1/group-keys')) as {items: GroupKeyView[]};
  }

  async create(name: string): Promise<CreatedGroupKey> {
    return (await requestJson(this.#address, 'POST', '/v1/group-keys', {body: {name}})) as CreatedGroupKey;
  }

  async remove(name: string): Promise<void> {
    await requestJson(this.#address, 'DELETE', `/v1/group-keys/${encodeURIComponent(name)}`);
  }
}
