/** People and service accounts. A login gives a token that ends by itself. */
import {randomUUID} from 'node:crypto';
import type {Grant} from '../domain/access.js';
import {IotctlError} from '../domain/errors.js';
import {checkPassword, hashPassword, passwordMatches, pretendToCheck} from '../domain/password.js';
import type {CreatedToken} from '../domain/token.js';
import type {User} from '../domain/user.js';
import type {Caller} from '../registry/callers.js';
import type {Registry} from '../registry/registry.js';
import {Attempts} from './attempts.js';
import type {Changes} from './changes.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';
import {checkAssignable} from './role-admin.js';

export interface UserRequest {
  readonly name: string;
  readonly kind: User['kind'];
  readonly displayName?: string | undefined;
  readonly password?: string | undefined;
  readonly roles?: readonly Grant[] | undefined;
}

export interface UserUpdate {
  readonly state?: User['state'] | undefined;
  readonly displayName?: string | undefined;
  readonly password?: string | undefined;
}

export interface Login {
  readonly tenant: string;
  readonly user: string;
  readonly password: string;
}

const SESSION_MS = 12 * 3_600_000;

export class UserAdmin {
  readonly #registry: Registry;
  readonly #changes: Changes;
  readonly #news: IdentityNews;
  readonly #attempts = new Attempts();

  constructor(parts: {registry: Registry; changes: Changes; news: IdentityNews}) {
    this.#registry = parts.registry;
    this.#changes = parts.changes;
    this.#news = parts.news;
  }

  list(tenant: string): Promise<User[]> {
    return this.#registry.users.list(tenant);
  }

  get(tenant: string, name: string): Promise<User> {
    return this.#registry.users.get(tenant, name);
  }

  async create(
    origin: Origin,
    tenant: string,
    {password, roles = [], ...wanted}: UserRequest,
  ): Promise<User> {
    if (wanted.kind === 'service' && password !== undefined)
      throw new IotctlError('IOT_REQUEST_INVALID', 'a service account has no password: make it a token');
    if (password !== undefined) checkPassword(password, wanted.name);
    const hash = password === undefined ? null : await hashPassword(password);
    const change = {tenant, action: 'user:create', target: `user/${wanted.name}`};
    return await this.#changes.apply(origin, change, async registry => {
      checkAssignable(origin, roles);
      await registry.tenants.checkQuota(tenant, 'users', 1);
      const by = {createdBy: nameOf(origin), nowMs: Date.now()};
      const user = await registry.users.create(tenant, {...wanted, password: hash}, by.nowMs);
      for (const role of roles)
        await registry.bindings.add(tenant, {subject: `user:${user.name}`, ...role}, by);
      return {result: user, after: {...user, roles}};
    });
  }

  /** Who is disabled is cut off at once, and a new password ends the logins of the old one. */
  async update(
    origin: Origin,
    tenant: string,
    name: string,
    {password, ...update}: UserUpdate,
  ): Promise<User> {
    if (password !== undefined) checkPassword(password, name);
    const hash = password === undefined ? undefined : await hashPassword(password);
    const change = {tenant, action: 'user:update', target: `user/${name}`};
    const {user, ended} = await this.#changes.apply(origin, change, async registry => {
      const before = await registry.users.get(tenant, name);
      if (update.state === 'disabled') await refuseLastAdmin(registry, tenant, name);
      const after = await registry.users.change(tenant, name, {...update, password: hash});
      const ended = hash === undefined ? [] : await endSessions(registry, {tenant, user: name});
      return {result: {user: after, ended}, before, after: {...after, passwordChanged: hash !== undefined}};
    });
    this.#tellEnded(tenant, ended);
    await this.#tellTokens(tenant, name, update.state !== 'disabled');
    return user;
  }

  async remove(origin: Origin, tenant: string, name: string): Promise<void> {
    const change = {tenant, action: 'user:delete', target: `user/${name}`};
    const tokens = await this.#changes.apply(origin, change, async registry => {
      const before = await registry.users.get(tenant, name);
      await refuseLastAdmin(registry, tenant, name);
      const held = await registry.tokens.ofUser(tenant, name);
      for (const token of held) await registry.tokens.remove(tenant, token);
      await registry.bindings.removeAll(tenant, `user:${name}`);
      await registry.users.remove(tenant, name);
      return {result: held, before};
    });
    this.#tellEnded(tenant, tokens);
  }

  /**
   * A token for twelve hours. Whoever does not exist is refused no faster, and with the same words, as a wrong password.
   * Throws `IOT_UNAUTHENTICATED`, or `IOT_RATE_LIMITED` after too many failures of this user from this address.
   */
  async login(origin: Origin, {tenant, user, password}: Login): Promise<CreatedToken> {
    const known = await this.#registry.tenants.facts(tenant);
    // A name that nobody has may be a password that was typed in the wrong place.
    const named = (await this.#registry.users.find(tenant, user)) ? user : '(unknown)';
    const change = {tenant: known ? tenant : 'platform', action: 'login', target: `user/${named}`};
    const right = await this.#attempts.attempt(
      {user: `${tenant}/${user}`, address: origin.address ?? ''},
      async () => {
        const hash = await this.#registry.users.passwordOf(tenant, user);
        if (hash) return await passwordMatches(password, hash);
        await pretendToCheck(password);
        return false;
      },
    );
    if (!right) {
      await this.#changes.refused(origin, {...change, reason: 'wrong user name or password'});
      throw new IotctlError('IOT_UNAUTHENTICATED', 'wrong user name or password');
    }
    return await this.#changes.apply(origin, change, async registry => {
      const nowMs = Date.now();
      await registry.tokens.removeExpired(nowMs);
      await registry.users.loggedIn(tenant, user, nowMs);
      const name = `session-${randomUUID()}`;
      const by = {createdBy: `user:${user}`, expiresMs: nowMs + SESSION_MS};
      return {result: await registry.tokens.create(tenant, {name, kind: 'session', user, ...by}, nowMs)};
    });
  }

  /** Throws `IOT_CONFLICT` for a token that was made by hand: it may be in use elsewhere. */
  async logout(origin: Origin, {tenant, token, tokenKind}: Caller): Promise<void> {
    if (tokenKind === 'api')
      throw new IotctlError(
        'IOT_CONFLICT',
        `token ${token} is not of a login: delete it with the right to do so`,
      );
    const change = {tenant, action: 'logout', target: `token/${token}`};
    await this.#changes.apply(origin, change, async registry => ({
      result: await registry.tokens.remove(tenant, token),
    }));
    this.#news.identity({tenant, name: token, usable: false});
  }

  /** A person’s own password. Their other logins end: whoever knew the old one may have made them. */
  async changePassword(origin: Origin, {old, next}: {old: string; next: string}): Promise<void> {
    const {caller} = origin;
    const name = caller?.subject.startsWith('user:') ? caller.subject.slice('user:'.length) : undefined;
    if (!caller || name === undefined)
      throw new IotctlError('IOT_FORBIDDEN', 'only a person has a password; this is a token of its own');
    const {tenant} = caller;
    const hash = await this.#registry.users.passwordOf(tenant, name);
    const right = await this.#attempts.attempt(
      {user: `${tenant}/${name}`, address: origin.address ?? ''},
      async () => (hash ? await passwordMatches(old, hash) : false),
    );
    if (!right) throw new IotctlError('IOT_UNAUTHENTICATED', 'the old password is wrong');
    checkPassword(next, name);
    const nextHash = await hashPassword(next);
    const change = {tenant, action: 'user:password', target: `user/${name}`};
    const ended = await this.#changes.apply(origin, change, async registry => {
      await registry.users.change(tenant, name, {password: nextHash});
      return {result: await endSessions(registry, {tenant, user: name, except: caller.token})};
    });
    this.#tellEnded(tenant, ended);
  }

  #tellEnded(tenant: string, tokens: readonly string[]): void {
    for (const name of tokens) this.#news.identity({tenant, name, usable: false});
  }

  async #tellTokens(tenant: string, user: string, usable: boolean): Promise<void> {
    for (const name of await this.#registry.tokens.ofUser(tenant, user))
      this.#news.identity({tenant, name, usable});
  }
}

/** Gives the names of those that it ended. Tokens that were made by hand stay. */
async function endSessions(
  registry: Registry,
  {tenant, user, except}: {tenant: string; user: string; except?: string},
): Promise<string[]> {
  const ended: string[] = [];
  for (const name of await registry.tokens.ofUser(tenant, user)) {
    if (name === except || (await registry.tokens.get(tenant, name)).kind !== 'session') continue;
    await registry.tokens.remove(tenant, name);
    ended.push(name);
  }
  return ended;
}

async function refuseLastAdmin(registry: Registry, tenant: string, name: string): Promise<void> {
  for (const {role, selector} of await registry.bindings.grantsOf(tenant, `user:${name}`))
    if (selector === null) await registry.bindings.refuseLast(tenant, role, `user:${name}`);
}
