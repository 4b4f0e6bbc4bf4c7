/** Tokens: made for people, applications and machines, and taken away. */
import {decide} from '../domain/access.js';
import {IotctlError} from '../domain/errors.js';
import {isPermission} from '../domain/permission.js';
import type {CreatedToken, Token} from '../domain/token.js';
import type {Registry} from '../registry/registry.js';
import type {NewToken} from '../registry/tokens.js';
import type {Changes} from './changes.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';
import {checkAssignable} from './role-admin.js';

export type TokenRequest = Pick<NewToken, 'name' | 'user' | 'roles' | 'scopes' | 'topics' | 'expiresMs'>;

export class TokenAdmin {
  readonly #registry: Registry;
  readonly #changes: Changes;
  readonly #news: IdentityNews;

  constructor(parts: {registry: Registry; changes: Changes; news: IdentityNews}) {
    this.#registry = parts.registry;
    this.#changes = parts.changes;
    this.#news = parts.news;
  }

  list(tenant: string): Promise<Token[]> {
    return this.#registry.tokens.list(tenant);
  }

  /** Throws `IOT_FORBIDDEN` where it would be able to do more than its maker. */
  async create(origin: Origin, tenant: string, request: TokenRequest): Promise<CreatedToken> {
    const change = {tenant, action: 'token:create', target: `token/${request.name}`};
    const created = await this.#changes.apply(origin, change, async registry => {
      await this.#check(registry, origin, tenant, request);
      const result = await registry.tokens.create(
        tenant,
        {...request, createdBy: nameOf(origin)},
        Date.now(),
      );
      const {secret: _secret, ...after} = result;
      return {result, after};
    });
    this.#news.identity({tenant, name: request.name, usable: true});
    return created;
  }

  /** Whoever uses it is cut off at once. */
  async remove(origin: Origin, tenant: string, name: string): Promise<void> {
    const change = {tenant, action: 'token:delete', target: `token/${name}`};
    await this.#changes.apply(origin, change, async registry => {
      const before = await registry.tokens.get(tenant, name);
      await registry.tokens.remove(tenant, name);
      return {result: undefined, before};
    });
    this.#news.identity({tenant, name, usable: false});
  }

  async #check(
    registry: Registry,
    origin: Origin,
    tenant: string,
    {user, roles = [], scopes = [], expiresMs}: TokenRequest,
  ): Promise<void> {
    const unknown = scopes.find(scope => !isPermission(scope));
    if (unknown !== undefined)
      throw new IotctlError('IOT_REQUEST_INVALID', `no permission ${JSON.stringify(unknown.slice(0, 80))}`);
    if (expiresMs !== undefined && expiresMs <= Date.now())
      throw new IotctlError('IOT_REQUEST_INVALID', 'a token that has expired already');
    if (user === undefined) {
      checkAssignable(origin, roles);
      return;
    }
    if (roles.length > 0)
      throw new IotctlError(
        'IOT_REQUEST_INVALID',
        'a user’s token has the roles of its user, and none of its own',
      );
    await registry.users.get(tenant, user);
    checkAssignable(origin, await registry.bindings.grantsOf(tenant, `user:${user}`));
    // A narrowed token makes no wider one.
    const {caller} = origin;
    if (
      caller &&
      caller.access.scopes !== null &&
      !scopes.every(scope => isPermission(scope) && decide(caller.access, scope).allowed)
    )
      throw new IotctlError(
        'IOT_FORBIDDEN',
        'this token is narrowed, and makes only tokens that are as narrow',
      );
  }
}
