import {expect, it} from 'vitest';
import {DeviceLabels} from '../../src/api/device-labels.js';
import {readServerSentEvents} from '../../src/client/server-sent-events.js';
import {type TailRequest, tail} from '../../src/tail/tail.js';
import {tailFilter} from '../../src/tail/tail-filter.js';
import {sampleEvent} from '../stream/sample-events.js';
import {until, within} from '../support/deadline.js';
import {MemoryEvents} from '../support/memory-events.js';
import {startTestApi} from '../support/start-api.js';

const reading = (temperature: number) =>
  sampleEvent({device: `d-${temperature % 3}`, payload: Buffer.from(JSON.stringify({temperature}))});

const noLabels = new DeviceLabels(
  {deviceFacts: () => Promise.resolve(undefined)},
  {tenant: 'default', access: {tenant: 'default', grants: [], scopes: null}},
);

async function offsetsOf(events: MemoryEvents, request: Partial<TailRequest>): Promise<number[]> {
  const wanted = {tenant: 'default', follow: false, ...request};
  const found: number[] = [];
  for await (const group of tail(events.ports, wanted, new AbortController().signal))
    found.push(...group.map(({offset}) => offset));
  return found;
}

/** 3,000 stored and 500 that only the stream has; every hundredth is hot. */
function someEvents(): MemoryEvents {
  const events = new MemoryEvents();
  for (let index = 0; index < 3500; index++) events.append(reading(index % 100));
  events.store(3000);
  return events;
}

it('filters stored events and the stream by the same condition', async () => {
  const events = someEvents();
  const choose = tailFilter({where: 'temperature == 99'}, noLabels);
  const hot = Array.from({length: 35}, (_, index) => index * 100 + 99);
  expect(await offsetsOf(events, {sinceMs: 0, choose})).toEqual(hot);
  // The newest ones are looked for, page after page backwards.
  expect(await offsetsOf(events, {last: 20, choose})).toEqual(hot.slice(-20));
  expect(await offsetsOf(events, {last: 1000, choose})).toEqual(hot);
});

it('pages of GET /v1/events go over all that match, once', async () => {
  const events = someEvents();
  events.store();
  await using api = await startTestApi(events.ports);
  const hot = Array.from({length: 35}, (_, index) => index * 100 + 99);
  const pages: number[][] = [];
  for (let after: number | undefined = -1; after !== undefined; ) {
    const page = await api.client.events({where: 'temperature == 99', limit: 10, after});
    pages.push(page.items.map(({offset}) => Number(offset)));
    after = page.nextCursor === null ? undefined : Number(page.nextCursor);
  }
  expect(pages.map(page => page.length)).toEqual([10, 10, 10, 5]);
  expect(pages.flat()).toEqual(hot);
  const newest = await api.client.events({where: 'temperature == 99', exclude: 'device == "d-1"', last: 3});
  expect(newest.items.map(({offset}) => Number(offset))).toEqual(hot.slice(-3));
  await expect(api.client.events({where: 'temperature >'})).rejects.toMatchObject({
    code: 'IOT_EXPRESSION_INVALID',
  });
});

it('leaves out what --exclude says, and only that', async () => {
  const choose = tailFilter(
    {where: 'temperature > 96', exclude: 'temperature == 98 || pressure > 1'},
    noLabels,
  );
  const found = await offsetsOf(someEvents(), {sinceMs: 0, choose});
  expect(found.slice(0, 4)).toEqual([97, 99, 197, 199]);
});

it('samples the same events for everyone, about as many as asked for', async () => {
  const events = someEvents();
  const tenth = await offsetsOf(events, {sinceMs: 0, choose: tailFilter({sample: 10}, noLabels)});
  const fifth = await offsetsOf(events, {sinceMs: 0, choose: tailFilter({sample: 20}, noLabels)});
  expect(tenth.length).toBeGreaterThan(280);
  expect(tenth.length).toBeLessThan(420);
  expect(fifth).toEqual(expect.arrayContaining(tenth));
  expect(await offsetsOf(events, {sinceMs: 0, choose: tailFilter({sample: 0}, noLabels)})).toEqual([]);
  expect(await offsetsOf(events, {sinceMs: 0, choose: tailFilter({sample: 100}, noLabels)})).toHaveLength(
    3500,
  );
});

it('answers a condition that is wrong with 400, before the stream begins', async () => {
  await using api = await startTestApi();
  for (const query of ['where=device%20%3E%203', 'exclude=device%20%3E%203']) {
    const answer = await api.request(`/v1/events/tail?${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({code: 'IOT_EXPRESSION_INVALID'});
  }
  expect((await api.request('/v1/events/tail?sample=101')).status).toBe(400);
});

it('tells how far it has come where nothing matched, so that a reader resumes there', async () => {
  await using api = await startTestApi();
  for (let index = 0; index < 50; index++) api.events.append(reading(index));
  const answer = await api.request('/v1/events/tail?after=-1&follow=false&where=temperature%20%3D%3D%203');
  expect(await answer.text()).toMatch(/id: 3\ndata: .*\n\nid: 49\n\n$/);
});

it('knows the labels of devices that its caller may see, and what becomes of them', async () => {
  await using api = await startTestApi();
  await api.client.createDevice({id: 'd-1', labels: {site: 'oslo'}});
  await api.client.createDevice({id: 'd-2', labels: {site: 'rome'}});
  const stop = new AbortController();
  const found: string[] = [];
  const done = (async () => {
    for await (const event of api.client.tail({where: 'labels.site == "oslo"', signal: stop.signal}))
      found.push(event.source);
  })();
  await until(() => api.events.listeners === 1, 'the tail');
  for (let index = 0; index < 6; index++) api.events.append(reading(index));
  await until(() => found.length === 2, 'both');
  stop.abort();
  await within(done, 'the end');
  expect(found).toEqual(['/t/default/d/d-1', '/t/default/d/d-1']);
});

it('names the offset to resume after, of what passed too', async () => {
  async function* text() {
    yield 'id: 3\ndata: {"offset":3}\n\n';
    yield 'id: 49\n\n';
  }
  const read = async () => {
    for await (const _ of readServerSentEvents(text(), true, undefined));
  };
  await expect(read()).rejects.toThrow('the last event had offset 49');
});
