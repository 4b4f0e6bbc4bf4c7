/** What people change of twins: what they want of a device, and what they note about it. */
import {IotctlError} from '../domain/errors.js';
import type {JsonObject} from '../domain/json.js';
import {mergePatch} from '../domain/merge-patch.js';
import {desiredFault} from '../domain/property-check.js';
import type {StoredTwin, Twin, TwinSection} from '../domain/twin.js';
import {checkPatch, type Layers, withDesired, withTags} from '../domain/twin-change.js';
import {setSince} from '../domain/twin-marks.js';
import {type DesiredChange, desiredNews} from '../registry/desired-news.js';
import {modelOf} from '../registry/device-row.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import {twinView} from '../registry/twin-row.js';
import type {Changes, Outcome} from './changes.js';
import {type DeviceId, refuseEnded} from './device-step.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';

export interface TwinChange {
  readonly section: TwinSection;
  /** A merge patch, or the whole document that replaces what is there. */
  readonly document: JsonObject;
  readonly replace: boolean;
  /** The section's version that the caller saw. */
  readonly ifVersion?: number | undefined;
}

export class TwinAdmin {
  readonly #registry: Registry;
  readonly #changes: Changes;
  readonly #news: IdentityNews;

  constructor({registry, changes, news}: {registry: Registry; changes: Changes; news: IdentityNews}) {
    this.#registry = registry;
    this.#changes = changes;
    this.#news = news;
  }

  async get({tenant, id}: DeviceId): Promise<Twin> {
    await this.#registry.devices.get(tenant, id);
    const of = {tenant, device: id};
    return twinView(of, await this.#registry.twins.get(of));
  }

  /**
   * A change that changes nothing is none. Throws `IOT_TWIN_LIMIT`, `IOT_TWIN_PROPERTY`, `IOT_TWIN_CHANGED`, which says
   * what did, or `IOT_DEVICE_RETIRED`.
   */
  async change(origin: Origin, {tenant, id}: DeviceId, wanted: TwinChange): Promise<Twin> {
    const target = `device/${id}/twin/${wanted.section}`;
    let news: DesiredChange | undefined;
    const twin = await this.#changes.apply(
      origin,
      {tenant, action: 'twin:update', target},
      async registry => {
        const device = await registry.devices.get(tenant, id);
        refuseEnded(device);
        const before = await registry.twins.get({tenant, device: id});
        refuseStale(id, before, wanted);
        if (wanted.section === 'desired') await checkProperties(registry, {tenant, id}, wanted.document);
        const layers = (await registry.configurations.layersOf(tenant, [id])).get(id) ?? [];
        const by = nameOf(origin);
        const after = changed(before, {...wanted, layers}, {by, nowMs: Date.now()});
        if (after !== before) await registry.twins.save(tenant, [{device: id, twin: after}]);
        const told = desiredNews({...device, device: id}, before, after, by);
        news = told?.change;
        return outcomeOf({before, after, section: wanted.section}, told?.event);
      },
    );
    if (news) this.#news.twins([news]);
    return twinView({tenant, device: id}, twin);
  }
}

const outcomeOf = (
  {before, after, section}: {before: StoredTwin; after: StoredTwin; section: TwinSection},
  event: OutboxEvent | undefined,
): Outcome<StoredTwin> => ({
  result: after,
  before: section === 'tags' ? before.tags.document : before.own,
  after: section === 'tags' ? after.tags.document : after.own,
  events: event ? [event] : [],
});

function changed(
  before: StoredTwin,
  {section, document, replace, layers}: TwinChange & {layers: Layers},
  change: {by: string; nowMs: number},
): StoredTwin {
  checkPatch(section, document);
  const present = section === 'tags' ? before.tags.document : before.own;
  // A null in a document that replaces another says as much as its absence.
  const next = mergePatch(replace ? {} : present, document);
  return section === 'tags'
    ? withTags(before, next, change)
    : withDesired(before, {own: next, layers}, change);
}

/** A described model says which properties there are, and which values they take. */
async function checkProperties(registry: Registry, {tenant, id}: DeviceId, patch: JsonObject): Promise<void> {
  const row = await registry.devices.find(tenant, id);
  const ref = row && modelOf(row);
  const spec = ref && (await registry.models.specOf(tenant, ref));
  const fault = spec && desiredFault(spec, patch);
  if (fault !== undefined)
    throw new IotctlError('IOT_TWIN_PROPERTY', `${id} is of model ${ref!.name}@${ref!.version}: ${fault}`);
}

function refuseStale(id: string, twin: StoredTwin, {section, ifVersion}: TwinChange): void {
  const {version, marks} = twin[section];
  if (ifVersion === undefined || ifVersion === version) return;
  const since = setSince(marks, ifVersion);
  const what =
    ifVersion > version
      ? 'it never had that one'
      : `since then changed: ${since.join(', ') || 'something was taken away'}`;
  throw new IotctlError(
    'IOT_TWIN_CHANGED',
    `${section} of ${id} is at version ${version}, not ${ifVersion}: ${what}`,
  );
}
