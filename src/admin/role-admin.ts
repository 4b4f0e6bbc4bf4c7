/** Who has which role. Nobody gives more than they have. */
import {type Grant, mayAssign} from '../domain/access.js';
import {IotctlError} from '../domain/errors.js';
import type {Binding, Subject} from '../domain/user.js';
import type {Registry} from '../registry/registry.js';
import type {Changes} from './changes.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';

/** Throws `IOT_FORBIDDEN` where the caller does not have what it wants to give. */
export function checkAssignable({caller}: Origin, grants: readonly Grant[]): void {
  const refused = grants.find(grant => !caller || !mayAssign(caller.access, grant));
  if (refused)
    throw new IotctlError('IOT_FORBIDDEN', `may not give the role ${refused.role}: it has more than yours`);
}

export class RoleAdmin {
  readonly #registry: Registry;
  readonly #changes: Changes;
  readonly #news: IdentityNews;

  constructor(parts: {registry: Registry; changes: Changes; news: IdentityNews}) {
    this.#registry = parts.registry;
    this.#changes = parts.changes;
    this.#news = parts.news;
  }

  list(tenant: string, subject?: Subject): Promise<Binding[]> {
    return this.#registry.bindings.list(tenant, subject);
  }

  /** Throws `IOT_USER_UNKNOWN` or `IOT_TOKEN_UNKNOWN` where there is nobody to give it to. */
  async grant(origin: Origin, tenant: string, wanted: Grant & {subject: Subject}): Promise<Binding> {
    const change = {tenant, action: 'binding:create', target: `${wanted.subject}/${wanted.role}`};
    const binding = await this.#changes.apply(origin, change, async registry => {
      checkAssignable(origin, [wanted]);
      await requireSubject(registry, tenant, wanted.subject);
      const result = await registry.bindings.add(tenant, wanted, {
        createdBy: nameOf(origin),
        nowMs: Date.now(),
      });
      return {result, after: result};
    });
    await this.#tell(tenant, wanted.subject, true);
    return binding;
  }

  async revoke(origin: Origin, tenant: string, id: string): Promise<void> {
    const change = {tenant, action: 'binding:delete', target: `binding/${id}`};
    const {subject} = await this.#changes.apply(origin, change, async registry => {
      const before = await registry.bindings.remove(tenant, id);
      return {result: before, before};
    });
    await this.#tell(tenant, subject, false);
  }

  /** Everyone who acts for that subject. After a right was taken their connections end, and they come back with less. */
  async #tell(tenant: string, subject: Subject, usable: boolean): Promise<void> {
    const [kind, name] = subject.split(':') as ['user' | 'token', string];
    const tokens = kind === 'token' ? [name] : await this.#registry.tokens.ofUser(tenant, name);
    for (const token of tokens) this.#news.identity({tenant, name: token, usable});
  }
}

async function requireSubject(registry: Registry, tenant: string, subject: Subject): Promise<void> {
  const [kind, name] = subject.split(':') as ['user' | 'token', string];
  if (kind === 'user') await registry.users.get(tenant, name);
  else await registry.tokens.get(tenant, name);
}
