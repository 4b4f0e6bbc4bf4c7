/** Keys of groups, from which devices' keys are derived where the devices are made. */
import type {GroupKeyView} from '../registry/group-keys.js';
import type {Registry} from '../registry/registry.js';
import type {Changes} from './changes.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';

export class GroupKeyAdmin {
  readonly #registry: Registry;
  readonly #changes: Changes;
  readonly #news: IdentityNews;

  constructor(parts: {registry: Registry; changes: Changes; news: IdentityNews}) {
    this.#registry = parts.registry;
    this.#changes = parts.changes;
    this.#news = parts.news;
  }

  list(tenant: string): Promise<GroupKeyView[]> {
    return this.#registry.groupKeys.list(tenant);
  }

  async create(origin: Origin, tenant: string, name: string): Promise<GroupKeyView & {key: string}> {
    const change = {tenant, action: 'group-key:create', target: `group-key/${name}`};
    const made = await this.#changes.apply(origin, change, async registry => {
      const by = {createdBy: nameOf(origin), nowMs: Date.now()};
      const {key, ...after} = await registry.groupKeys.create(tenant, name, by);
      return {result: {...after, key}, after};
    });
    this.#news.tenant({tenant, usable: true});
    return made;
  }

  async remove(origin: Origin, tenant: string, name: string): Promise<void> {
    const change = {tenant, action: 'group-key:delete', target: `group-key/${name}`};
    await this.#changes.apply(origin, change, async registry => ({
      result: await registry.groupKeys.remove(tenant, name),
    }));
    this.#news.tenant({tenant, usable: true});
  }
}
