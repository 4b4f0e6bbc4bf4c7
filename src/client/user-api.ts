import type {User} from '../domain/user.js';
import type {WantedGrant} from './api-shapes.js';
import {type Address, requestJson} from './request.js';

export interface WantedUser {
  readonly name: string;
  readonly kind: User['kind'];
  readonly displayName?: string;
  readonly password?: string;
  readonly roles?: readonly WantedGrant[];
}

export interface UserChange {
  readonly state?: User['state'];
  readonly displayName?: string;
  readonly password?: string;
}

/** People and service accounts. */
export class UserApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async create(user: WantedUser): Promise<User> {
    return (await requestJson(this.#address, 'POST', '/v1/users', {body: user})) as User;
  }

  async list(): Promise<{items: User[]}> {
    return (await requestJson(this.#address, 'GET', '/v1/users')) as {items: User[]};
  }

  async get(name: string): Promise<User> {
    return (await requestJson(this.#address, 'GET', pathOf(name))) as User;
  }

  async change(name: string, change: UserChange): Promise<User> {
    return (await requestJson(this.#address, 'PATCH', pathOf(name), {body: change})) as User;
  }

  /** With their tokens and roles. */
  async remove(name: string): Promise<void> {
    await requestJson(this.#address, 'DELETE', pathOf(name));
  }
}

const pathOf = (name: string): string => `/v1/users/${encodeURIComponent(name)}`;
