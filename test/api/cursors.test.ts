import {expect, it} from 'vitest';
import {CURSORS_MAX} from '../../src/domain/cursor.js';
import {sampleEvent} from '../stream/sample-events.js';
import {startTestApi} from '../support/start-api.js';

const someEvents = (count: number) =>
  Array.from({length: count}, (_, index) =>
    sampleEvent({recordedMs: Date.parse('2026-01-31T12:00:00Z') + index}),
  );

it('begins now, after an offset or at a time, and then only goes on', async () => {
  await using api = await startTestApi();
  const {cursors} = api.client;
  expect(await cursors.open({name: 'early'})).toMatchObject({offset: -1, lag: 0});
  api.events.append(...someEvents(10));
  api.events.store(8);
  expect(await cursors.open({name: 'now'})).toMatchObject({offset: 9, lag: 0, createdBy: 'token:admin'});
  expect(await cursors.open({name: 'after', after: 3})).toMatchObject({offset: 3, lag: 6});
  expect(await cursors.open({name: 'since', since: '2026-01-31T12:00:00.005Z'})).toMatchObject({offset: 4});
  // What is not stored yet may be of that time too.
  expect(await cursors.open({name: 'later', since: '2026-01-31T13:00:00Z'})).toMatchObject({offset: 7});
  expect(await cursors.open({name: 'after', after: 8})).toMatchObject({offset: 3});
  await cursors.move('after', 6);
  await cursors.move('after', 5);
  expect(await cursors.get('after')).toMatchObject({offset: 6, lag: 3});
  expect((await cursors.list()).items.map(({name}) => name)).toEqual([
    'after',
    'early',
    'later',
    'now',
    'since',
  ]);
});

it('refuses what makes no sense', async () => {
  await using api = await startTestApi();
  const {cursors} = api.client;
  for (const name of ['', 'A', 'a b', '-a', 'a'.repeat(65), '../x'])
    await expect(cursors.open({name}), name).rejects.toMatchObject({code: 'IOT_REQUEST_INVALID'});
  await expect(cursors.open({name: 'a', after: 0})).rejects.toThrow('offset 0 is still to come');
  await cursors.open({name: 'a'});
  await expect(cursors.move('a', 0)).rejects.toThrow('offset 0 is still to come');
  await expect(cursors.move('b', -1)).rejects.toMatchObject({code: 'IOT_CURSOR_UNKNOWN'});
  await cursors.remove('a');
  await expect(cursors.remove('a')).rejects.toMatchObject({code: 'IOT_CURSOR_UNKNOWN'});
});

it('gives a tenant so many, and another tenant its own of the same name', async () => {
  await using api = await startTestApi();
  const by = {createdBy: 'test', nowMs: Date.now()};
  for (let index = 0; index < CURSORS_MAX; index++)
    await api.registry.cursors.create('default', {name: `c-${index}`, offset: -1}, by);
  await expect(api.client.cursors.open({name: 'more'})).rejects.toMatchObject({code: 'IOT_CONFLICT'});
  await api.registry.tenants.create('other', {}, by.nowMs);
  await api.registry.cursors.create('other', {name: 'c-0', offset: 5}, by);
  expect((await api.client.cursors.get('c-0')).offset).toBe(-1);
});

it('says so when its reader was away for longer than events are kept', async () => {
  let nowMs = Date.now();
  await using api = await startTestApi({}, {clock: () => nowMs});
  const {cursors} = api.client;
  await cursors.open({name: 'billing'});
  nowMs += 40 * 86_400_000;
  expect(await cursors.open({name: 'billing'})).toMatchObject({offset: -1});
  const policy = await api.registry.retention.get('default');
  await api.registry.retention.set('default', {...policy, raw: {...policy.raw, deleteAfterDays: 30}});
  // Where there was nothing more, nothing is gone.
  expect(await cursors.open({name: 'billing'})).toMatchObject({offset: -1});
  api.events.append(...someEvents(1));
  await expect(cursors.open({name: 'billing'})).rejects.toMatchObject({
    code: 'IOT_OFFSET_GONE',
    message: expect.stringContaining('iotctl cursor delete billing'),
  });
});
