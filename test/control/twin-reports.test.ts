import {expect, it} from 'vitest';
import {type RefusedReport, TwinReports} from '../../src/control/twin-reports.js';
import type {StoredEvent} from '../../src/domain/event.js';
import {openRegistry} from '../../src/registry/registry.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {testKeys} from '../support/test-keys.js';

const T = 'default';

async function start() {
  const folder = await temporaryFolder();
  const registry = await openRegistry(folder.path, testKeys());
  await registry.bootstrap(1000);
  const create = async (id: string, nowMs: number) => {
    const options = {ifNotExists: false, credential: null, createdBy: 'test', nowMs};
    const [made] = await registry.createDevices(T, [{id}], options);
    return made!.device.generation;
  };
  const generation = await create('pump', 1000);
  const refused: RefusedReport[] = [];
  const reports = new TwinReports(registry, some => refused.push(...some));
  const event = (offset: number, body: unknown, more: Partial<StoredEvent> = {}): StoredEvent => ({
    offset,
    tenant: T,
    device: 'pump',
    type: 'twin.reported',
    component: '',
    timeMs: undefined,
    recordedMs: 2000 + offset,
    contentType: 'application/json',
    payload: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    attributes: {generation},
    ...more,
  });
  return {
    registry,
    reports,
    refused,
    event,
    create,
    get: () => registry.twins.get({tenant: T, device: 'pump'}),
    async [Symbol.asyncDispose]() {
      await registry.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

it('applies each report once, however often and in whatever parts it is read', async () => {
  await using started = await start();
  const {reports, event, get, refused, registry} = started;
  const events = [
    event(1, {a: 1}),
    event(2, {a: null, b: 1}),
    event(3, {'not a key': 1}),
    event(4, {a: 2}),
    event(5, '{"c":'),
  ];
  await reports.apply(events);
  const {reported} = await get();
  expect(reported).toMatchObject({version: 3, document: {a: 2, b: 1}});
  expect(refused.map(({detail}) => detail)).toEqual([
    expect.stringContaining('"not a key"'),
    expect.stringContaining('not JSON'),
  ]);
  await reports.apply(events.slice(0, 3));
  await reports.apply(events);
  expect((await get()).reported).toEqual(reported);
  expect(refused).toHaveLength(2);
  expect(await registry.outbox.next(9)).toHaveLength(2);
});

it('makes no twin of a device that is not there, and keeps nothing of a purged one', async () => {
  await using started = await start();
  const {reports, event, registry} = started;
  await reports.apply([event(1, {a: 1}, {device: 'nobody'}), event(2, {a: 1}, {tenant: 'other'})]);
  const before = await registry.devices.get(T, 'pump');
  const by = {fields: [], by: 'test', nowMs: 1500};
  await registry.deviceChanges.apply(before, {lifecycle: 'purged'}, by);
  await reports.apply([event(3, {a: 1})]);
  expect(await registry.twins.get({tenant: T, device: 'pump'})).toMatchObject({reportedOffset: -1});
});

it('what an earlier device of the same name said is not of the new one', async () => {
  await using started = await start();
  const {reports, event, get, registry, create} = started;
  await reports.apply([event(1, {a: 1})]);
  await registry.devices.remove(T, 'pump', {force: true});
  const generation = await create('pump', 5000);
  expect((await get()).reported.version).toBe(0);
  await reports.apply([
    event(2, {a: 2}, {recordedMs: 6000}),
    // Through a gateway, which does not know its generation: the time says it.
    event(3, {b: 2}, {recordedMs: 4999, attributes: {via: 'gateway'}}),
    event(4, {c: 2}, {recordedMs: 6000, attributes: {via: 'gateway'}}),
    event(5, {d: 2}, {recordedMs: 6000, attributes: {generation}}),
  ]);
  expect((await get()).reported).toMatchObject({version: 2, document: {c: 2, d: 2}});
});

it('a stream that begins anew is not taken for one that was read', async () => {
  await using started = await start();
  const {reports, event, get, registry} = started;
  await reports.apply([event(100, {a: 1})]);
  await registry.twins.forgetOffsetsFrom(101);
  await reports.apply([event(3, {a: 2})]);
  expect((await get()).reported.document).toEqual({a: 1});
  await registry.twins.forgetOffsetsFrom(0);
  await reports.apply([event(3, {a: 2})]);
  expect((await get()).reported.document).toEqual({a: 2});
});
