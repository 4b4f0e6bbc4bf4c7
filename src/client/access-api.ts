import type {CreatedToken} from '../domain/token.js';
import type {Binding} from '../domain/user.js';
import type {Answer, Me, RoleView} from './api-shapes.js';
import {type Address, requestJson} from './request.js';

/** Logging in, what a token may do, and who has which role. */
export class AccessApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  /** Needs no token. Throws `IOT_UNAUTHENTICATED` and, after too many failures, `IOT_RATE_LIMITED`. */
  async login(login: {tenant: string; user: string; password: string}): Promise<CreatedToken> {
    return (await requestJson(this.#address, 'POST', '/v1/login', {body: login})) as CreatedToken;
  }

  async me(): Promise<Me> {
    return (await requestJson(this.#address, 'GET', '/v1/me')) as Me;
  }

  /** Ends the session that the token is of. */
  async logout(): Promise<void> {
    await requestJson(this.#address, 'POST', '/v1/logout');
  }

  async changePassword(passwords: {old: string; new: string}): Promise<void> {
    await requestJson(this.#address, 'POST', '/v1/me/password', {body: passwords});
  }

  /** `permission` is `device:retire`; with a `device`, it is about that one. */
  async canI(question: {permission: string; device?: string | undefined}): Promise<Answer> {
    return (await requestJson(this.#address, 'GET', '/v1/auth/can-i', {query: question})) as Answer;
  }

  async roles(): Promise<{items: RoleView[]}> {
    return (await requestJson(this.#address, 'GET', '/v1/roles')) as {items: RoleView[]};
  }

  /** `subject` is `user:alice` or `token:ci`; without it, everyone's. */
  async bindings(query: {subject?: string | undefined} = {}): Promise<{items: Binding[]}> {
    return (await requestJson(this.#address, 'GET', '/v1/bindings', {query})) as {items: Binding[]};
  }

  async grant(binding: {subject: string; role: string; selector?: string}): Promise<Binding> {
    return (await requestJson(this.#address, 'POST', '/v1/bindings', {body: binding})) as Binding;
  }

  async revoke(id: string): Promise<void> {
    await requestJson(this.#address, 'DELETE', `/v1/bindings/${encodeURIComponent(id)}`);
  }
}
