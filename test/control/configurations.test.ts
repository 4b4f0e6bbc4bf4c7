/** Configurations over a real registry: laid, withdrawn, by stages; and whatever was interrupted goes on. */

import fc from 'fast-check';
import {expect, it} from 'vitest';
import {Changes} from '../../src/admin/changes.js';
import {ConfigurationAdmin} from '../../src/admin/configuration-admin.js';
import {TwinAdmin} from '../../src/admin/twin-admin.js';
import {ConfigurationWork} from '../../src/control/configuration-work.js';
import {bucketOf, type ConfigurationSpec} from '../../src/domain/configuration.js';
import type {JsonObject} from '../../src/domain/json.js';
import {mergePatch} from '../../src/domain/merge-patch.js';
import {withReport} from '../../src/domain/twin-change.js';
import {AuditAggregate} from '../../src/registry/audit-aggregate.js';
import type {DesiredChange} from '../../src/registry/desired-news.js';
import {openRegistry} from '../../src/registry/registry.js';
import {until} from '../support/deadline.js';
import {setDevice} from '../support/set-device.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {testKeys} from '../support/test-keys.js';

const T = 'default';
const ORIGIN = {
  caller: undefined,
  actor: {kind: 'system', name: 'test'},
  address: null,
  userAgent: null,
  traceId: null,
} as const;

async function start() {
  const folder = await temporaryFolder();
  const registry = await openRegistry(folder.path, testKeys());
  await registry.bootstrap(Date.now());
  const told: DesiredChange[] = [];
  const faults: Error[] = [];
  const refusals = new AuditAggregate(entry => registry.record(entry));
  const newWork = () =>
    new ConfigurationWork({
      registry,
      tell: changes => void told.push(...changes),
      onEvents: () => undefined,
      onFault: error => faults.push(error),
      judgeEveryMs: 20,
    });
  let work = newWork();
  const changes = new Changes(registry, refusals, () => work.wake());
  const admin = new ConfigurationAdmin({registry, changes});
  const news = {
    identity: () => undefined,
    tenant: () => undefined,
    authorities: () => undefined,
    devices: () => undefined,
    twins: () => undefined,
  };
  const twins = new TwinAdmin({registry, changes, news});
  const stateOf = async (name: string) => (await admin.get(T, name).catch(() => undefined))?.state;
  return {
    registry,
    admin,
    told,
    faults,
    create: (ids: readonly string[], labels: Record<string, string> = {site: 'oslo'}, more: object = {}) =>
      registry.createDevices(
        T,
        ids.map(id => ({id, labels, ...more})),
        {ifNotExists: false, credential: null, createdBy: 'test', nowMs: Date.now()},
      ),
    apply: (name: string, patch: JsonObject, more: Partial<ConfigurationSpec> = {}) => {
      const stages = more.stages ?? [100];
      const rejectedPercentMax = stages.length > 1 ? 0 : 100;
      const spec = {name, selector: 'site=oslo', priority: 0, patch, stages, rejectedPercentMax, ...more};
      return admin.apply(ORIGIN, T, spec, {dryRun: false});
    },
    own: (id: string, document: JsonObject) =>
      twins.change(ORIGIN, {tenant: T, id}, {section: 'desired', replace: true, document}),
    desired: async (id: string) => (await registry.twins.get({tenant: T, device: id})).desired.document,
    twin: (id: string) => registry.twins.get({tenant: T, device: id}),
    /** The device answers what it was told. */
    async answer(id: string, status: 'applied' | 'rejected') {
      const twin = await registry.twins.get({tenant: T, device: id});
      const acknowledged = {version: twin.desired.version, status, reason: null};
      const change = {by: 'device', nowMs: Date.now(), offset: twin.reportedOffset + 1};
      const after = withReport(twin, {patch: {}, acknowledged}, change);
      await registry.twins.save(T, [{device: id, twin: after}]);
    },
    /** All work is done, but for what devices have to answer. */
    async idle() {
      work.wake();
      await until(
        async () =>
          (await registry.configurations.dirty(1)).length === 0 &&
          (await registry.configurations.open()).every(
            ({phase, stopReason}) => phase === 'settled' || (phase === 'laying' && stopReason !== null),
          ),
        'the end of the work',
      );
    },
    until: (name: string, state: string | undefined) =>
      until(async () => (await stateOf(name)) === state, `${name} to be ${state}`),
    /** As after a kill: whatever was in the middle of something is gone. */
    async restart() {
      await work.close();
      work = newWork();
    },
    stopWork: () => work.close(),
    async [Symbol.asyncDispose]() {
      await work.close();
      await refusals.flush();
      await registry.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

it('is laid over what operators set, and what was there before comes back', async () => {
  await using fleet = await start();
  await fleet.create(['a', 'b']);
  await fleet.create(['c'], {site: 'rome'});
  await fleet.own('a', {interval: 60, mode: 'eco', door: {locked: true}});
  await fleet.apply('fast', {interval: 5, mode: null, door: {open: false}});
  await fleet.until('fast', 'complete');
  expect(await fleet.desired('a')).toEqual({interval: 5, door: {locked: true, open: false}});
  expect(await fleet.desired('b')).toEqual({interval: 5, door: {open: false}});
  expect(await fleet.desired('c')).toEqual({});
  expect((await fleet.twin('a')).desired.marks).toMatchObject({
    interval: [expect.anything(), 'configuration:fast', 2],
  });
  expect((await fleet.admin.get(T, 'fast')).counts).toEqual({
    targeted: 2,
    applied: 0,
    pending: 2,
    rejected: 0,
    waiting: 0,
  });
  // The operator goes on setting what is below it.
  const changed = await fleet.own('a', {interval: 30, level: 1});
  expect(changed.desired).toMatchObject({
    properties: {interval: 5, level: 1, door: {open: false}},
    own: {interval: 30, level: 1},
  });
  await fleet.answer('a', 'applied');
  await fleet.answer('b', 'rejected');
  expect((await fleet.admin.get(T, 'fast')).counts).toMatchObject({applied: 1, pending: 0, rejected: 1});
  // Applied again just so, nothing happens.
  expect((await fleet.apply('fast', {door: {open: false}, mode: null, interval: 5})).isChanged).toBe(false);
  await fleet.admin.remove(ORIGIN, T, 'fast');
  await fleet.until('fast', undefined);
  expect(await fleet.desired('a')).toEqual({interval: 30, level: 1});
  expect(await fleet.desired('b')).toEqual({});
  // Whoever is connected heard each change, with versions that join.
  const versions = fleet.told.filter(({device}) => device === 'b').map(({from, to}) => [from, to]);
  expect(versions).toEqual([
    [0, 1],
    [1, 2],
  ]);
  expect(fleet.faults).toEqual([]);
});

it('the highest priority has a property, of two with the same the newer one', async () => {
  await using fleet = await start();
  await fleet.create(['a']);
  await fleet.apply('base', {interval: 60, level: 1}, {priority: 1, selector: null});
  await fleet.apply('night', {interval: 300, mode: 'eco'}, {priority: 10});
  await fleet.apply('urgent', {interval: 1}, {priority: 10});
  await fleet.idle();
  expect(await fleet.desired('a')).toEqual({interval: 1, level: 1, mode: 'eco'});
  await fleet.apply('base', {interval: 60, level: 1}, {priority: 20, selector: null});
  await fleet.idle();
  expect(await fleet.desired('a')).toEqual({interval: 60, level: 1, mode: 'eco'});
  await fleet.admin.remove(ORIGIN, T, 'base');
  await fleet.until('base', undefined);
  expect(await fleet.desired('a')).toEqual({interval: 1, mode: 'eco'});
});

it('follows labels, models, new devices and ends of lives', async () => {
  await using fleet = await start();
  const by = {createdBy: 'test', nowMs: Date.now()};
  const properties = {interval: {type: 'integer', max: 10, writable: true}} as const;
  await fleet.registry.models.insert(T, {model: 'lamp', version: 1, properties}, by);
  await fleet.create(['a', 'b']);
  await fleet.apply('fast', {interval: 50});
  await fleet.idle();
  await fleet.create(['new']);
  await setDevice(fleet.registry, 'b', {labels: '{"site":"rome"}'});
  await fleet.idle();
  expect([await fleet.desired('a'), await fleet.desired('b'), await fleet.desired('new')]).toEqual([
    {interval: 50},
    {},
    {interval: 50},
  ]);
  // Its model does not take that: it is not asked of it, and counted.
  await setDevice(fleet.registry, 'a', {model: 'lamp', model_version: 1});
  await fleet.idle();
  expect(await fleet.desired('a')).toEqual({});
  expect((await fleet.admin.get(T, 'fast')).counts).toMatchObject({targeted: 2, rejected: 1, pending: 1});
  // A device whose life has ended keeps its twin, and is nobody's target.
  await setDevice(fleet.registry, 'new', {lifecycle: 'retired'});
  await fleet.idle();
  expect(await fleet.desired('new')).toEqual({interval: 50});
  expect((await fleet.admin.get(T, 'fast')).counts.targeted).toBe(1);
  await fleet.registry.devices.remove(T, 'a', {force: true});
  expect((await fleet.admin.get(T, 'fast')).counts.targeted).toBe(0);
});

const IDS = Array.from({length: 40}, (_, index) => `d${index}`);
const inOrder = (name: string): string[] =>
  [...IDS].sort((one, other) => bucketOf(name, one) - bucketOf(name, other));

it('goes by stages, each when the one before has applied it', async () => {
  await using fleet = await start();
  await fleet.create(IDS);
  const order = inOrder('fast');
  const having = async () => {
    const all = await Promise.all(IDS.map(async id => [id, await fleet.desired(id)] as const));
    return all.filter(([, {interval}]) => interval === 5).map(([id]) => id);
  };
  await fleet.apply('fast', {interval: 5}, {stages: [1, 25, 100]});
  await fleet.idle();
  // One percent of forty is one device: a canary of nobody would be none.
  expect(await having()).toEqual(order.slice(0, 1));
  await fleet.answer(order[0]!, 'applied');
  await until(async () => (await fleet.admin.get(T, 'fast')).stage === 1, 'the second stage');
  await fleet.idle();
  expect((await having()).sort()).toEqual(order.slice(0, 10).sort());
  expect((await fleet.admin.get(T, 'fast')).counts).toEqual({
    targeted: 40,
    applied: 1,
    pending: 9,
    rejected: 0,
    waiting: 30,
  });
  await fleet.restart();
  for (const id of order.slice(1, 9)) await fleet.answer(id, 'applied');
  await fleet.idle();
  expect((await fleet.admin.get(T, 'fast')).stage).toBe(1);
  // One is away for good: a person goes on without it.
  await fleet.admin.resume(ORIGIN, T, 'fast', {skipPending: true});
  await fleet.until('fast', 'complete');
  expect(await having()).toHaveLength(40);
  expect(
    (await fleet.registry.outbox.next(999))
      .map(({event}) => event.type)
      .filter(type => type.startsWith('configuration.')),
  ).toEqual([
    'configuration.applied',
    'configuration.stage_began',
    'configuration.stage_began',
    'configuration.resumed',
    'configuration.stage_began',
    'configuration.laid',
  ]);
});

it('stops when devices reject it, and the others keep what they had', async () => {
  await using fleet = await start();
  await fleet.create(IDS);
  await fleet.apply('fast', {interval: 5});
  await fleet.until('fast', 'complete');
  for (const id of IDS) await fleet.answer(id, 'applied');
  const order = inOrder('fast');
  await fleet.apply('fast', {interval: 1}, {stages: [10, 100]});
  await fleet.idle();
  // The order is its own; whoever has not the new one has the old one, also after another change.
  expect(await fleet.desired(order[0]!)).toEqual({interval: 1});
  await fleet.own(order[39]!, {level: 3});
  expect(await fleet.desired(order[39]!)).toEqual({level: 3, interval: 5});
  await fleet.answer(order[0]!, 'rejected');
  await fleet.until('fast', 'stopped');
  expect(await fleet.admin.get(T, 'fast')).toMatchObject({
    stateReason: '1 of 4 devices rejected it, and at most 0 % may',
    counts: {targeted: 40, rejected: 1, pending: 3, waiting: 36},
  });
  const {items} = await fleet.registry.audit.list(T, {limit: 10, action: 'config:stop'});
  expect(items).toMatchObject([{actor: {kind: 'system', name: 'configurations'}}]);
  // New devices get nothing while it is stopped.
  await fleet.create(['late']);
  await fleet.idle();
  expect(await fleet.desired('late')).toEqual({});
  for (const id of order.slice(1, 4)) await fleet.answer(id, 'applied');
  await fleet.admin.resume(ORIGIN, T, 'fast', {skipPending: false});
  await fleet.until('fast', 'complete');
  expect(await fleet.desired('late')).toEqual({interval: 1});
  expect(await fleet.desired(order[39]!)).toEqual({level: 3, interval: 1});
});

it('a person stops it, and what cannot be done says so', async () => {
  await using fleet = await start();
  await fleet.create(IDS);
  await fleet.apply('fast', {interval: 5}, {stages: [10, 100]});
  await fleet.idle();
  await fleet.admin.stop(ORIGIN, T, 'fast', 'lamps flicker');
  expect(await fleet.admin.get(T, 'fast')).toMatchObject({
    state: 'stopped',
    stateReason: 'lamps flicker (system:test)',
  });
  await expect(fleet.admin.stop(ORIGIN, T, 'fast', undefined)).rejects.toMatchObject({code: 'IOT_CONFLICT'});
  await fleet.admin.resume(ORIGIN, T, 'fast', {skipPending: false});
  await expect(fleet.admin.resume(ORIGIN, T, 'fast', {skipPending: false})).rejects.toMatchObject({
    code: 'IOT_CONFLICT',
  });
  await expect(fleet.admin.get(T, 'other')).rejects.toMatchObject({code: 'IOT_CONFIGURATION_UNKNOWN'});
  await fleet.stopWork();
  await fleet.admin.remove(ORIGIN, T, 'fast');
  await expect(fleet.apply('fast', {interval: 6})).rejects.toThrow('is being withdrawn');
  for (const [patch, more] of [
    [{}, {}],
    [{'a.b': 1}, {}],
    [{a: 1}, {stages: [10]}],
    [{a: 1}, {stages: [50, 10, 100]}],
    [{a: 1}, {priority: 0.5}],
    [{a: 1}, {selector: 'nonsense'}],
    [{a: 1}, {rejectedPercentMax: 101}],
  ] as const)
    await expect(fleet.apply('other', patch, more), JSON.stringify([patch, more])).rejects.toThrow();
});

it('whatever happens in whatever order, each device ends as its labels and the configurations say', async () => {
  const name = fc.constantFrom('one', 'two', 'three');
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('apply' as const),
      name,
      site: fc.constantFrom('oslo', 'rome'),
      priority: fc.integer({min: 0, max: 2}),
      value: fc.integer({min: 0, max: 9}),
    }),
    fc.record({kind: fc.constant('remove' as const), name}),
    fc.record({
      kind: fc.constant('label' as const),
      id: fc.constantFrom('a', 'b'),
      site: fc.constantFrom('oslo', 'rome'),
    }),
    fc.record({
      kind: fc.constant('own' as const),
      id: fc.constantFrom('a', 'b'),
      value: fc.integer({min: 0, max: 9}),
    }),
    fc.record({kind: fc.constant('restart' as const)}),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, {minLength: 3, maxLength: 10}), async steps => {
      await using fleet = await start();
      await fleet.create(['a', 'b']);
      const sites: Record<string, string> = {a: 'oslo', b: 'oslo'};
      const own: Record<string, JsonObject> = {a: {}, b: {}};
      const laid = new Map<string, {site: string; priority: number; patch: JsonObject}>();
      for (const one of steps) {
        if (one.kind === 'apply') {
          await fleet.until(one.name, laid.has(one.name) ? 'complete' : undefined).catch(() => undefined);
          const patch = {[`by-${one.name}`]: one.value, shared: one.value};
          await fleet.apply(one.name, patch, {selector: `site=${one.site}`, priority: one.priority});
          laid.set(one.name, {site: one.site, priority: one.priority, patch});
        } else if (one.kind === 'remove') {
          if (!laid.delete(one.name)) continue;
          await fleet.admin.remove(ORIGIN, T, one.name);
        } else if (one.kind === 'label') {
          sites[one.id] = one.site;
          await setDevice(fleet.registry, one.id, {labels: JSON.stringify({site: one.site})});
        } else if (one.kind === 'own') {
          own[one.id] = {own: one.value};
          await fleet.own(one.id, own[one.id]!);
        } else await fleet.restart();
      }
      await fleet.idle();
      for (const id of ['a', 'b']) {
        const rows = await fleet.admin.list(T);
        const layers = [...laid]
          .filter(([, {site}]) => site === sites[id])
          .sort(
            ([n, x], [m, y]) =>
              x.priority - y.priority ||
              Date.parse(createdOf(rows, n)) - Date.parse(createdOf(rows, m)) ||
              (n < m ? -1 : 1),
          );
        const expected = layers.reduce((below, [, {patch}]) => mergePatch(below, patch), own[id]!);
        expect(await fleet.desired(id)).toEqual(expected);
        // Versions are without a gap, whatever was repeated.
        const changes = fleet.told.filter(({device}) => device === id);
        for (const {from, to} of changes) expect(to).toBe(from + 1);
      }
      expect(fleet.faults).toEqual([]);
    }),
    {numRuns: 10},
  );
}, 60_000);

const createdOf = (rows: readonly {name: string; createdAt: string}[], name: string): string =>
  rows.find(row => row.name === name)!.createdAt;
