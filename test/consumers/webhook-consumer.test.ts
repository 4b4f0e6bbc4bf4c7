import {createHmac} from 'node:crypto';
import {expect, it} from 'vitest';
import type {WantedConsumer} from '../../src/client/consumer-api.js';
import {numbered} from '../stream/sample-events.js';
import {until} from '../support/deadline.js';
import {startConsumers} from '../support/start-consumers.js';
import {startWebhook} from '../support/webhook-receiver.js';

const DEVICES = ['lamp-0', 'lamp-1', 'lamp-2'];

const eventsOf = (count: number) =>
  Array.from({length: count}, (_, index) => numbered(index, {device: DEVICES[index % DEVICES.length]!}));

const webhook = (url: string, more: Partial<WantedConsumer> = {}): WantedConsumer => ({
  name: 'billing',
  target: {kind: 'webhook', url, allowPrivate: true},
  ...more,
});

/** Offsets of one device's events among so many. */
const offsetsOf = (device: number, count: number): number[] =>
  Array.from({length: count}, (_, index) => index).filter(index => index % DEVICES.length === device);

it('delivers what comes, signed, and moves its cursor', async () => {
  await using receiver = await startWebhook();
  await using started = await startConsumers();
  const {consumer, signingSecret} = await started.client.create(webhook(receiver.url));
  expect(consumer).toMatchObject({name: 'billing', state: 'running', offset: -1, lag: 0});
  started.events.append(numbered(7));
  await until(() => receiver.taken.length === 1, 'the delivery');
  const {headers, body} = receiver.taken[0]!;
  expect(JSON.parse(body)).toMatchObject({specversion: '1.0', offset: 0, data: 7});
  const key = Buffer.from(signingSecret!.slice('whsec_'.length), 'base64');
  const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.');
  const mac = createHmac('sha256', key).update(signed).digest('base64');
  expect(headers['webhook-signature']).toBe(`v1,${mac}`);
  await until(async () => (await started.stateOf('billing')).offset === 0, 'the cursor');
  expect(started.faults).toEqual([]);
});

it('brings everything in the order of each device once a receiver that was away is back', async () => {
  const {port, url, ...gone} = await startWebhook();
  await gone[Symbol.asyncDispose]();
  await using started = await startConsumers();
  await started.client.create(webhook(url));
  started.events.append(...eventsOf(60));
  await until(async () => (await started.stateOf('billing')).problem !== null, 'the problem');
  expect(await started.client.get('billing')).toMatchObject({lag: 60, deadLetters: 0});
  await using back = await startWebhook({port});
  await started.caughtUp('billing');
  for (const [index, device] of DEVICES.entries()) expect(back.offsets(device)).toEqual(offsetsOf(index, 60));
  await until(async () => (await started.stateOf('billing')).problem === null, 'no problem any more');
});

it('holds up nobody else while one receiver hangs', async () => {
  await using hanging = await startWebhook({answer: () => undefined});
  await using receiver = await startWebhook();
  await using started = await startConsumers();
  await started.client.create(webhook(hanging.url, {name: 'slow', atOnce: 1}));
  await started.client.create(webhook(receiver.url));
  started.events.append(...eventsOf(100));
  await started.caughtUp('billing');
  expect(receiver.taken).toHaveLength(100);
  expect((await started.stateOf('slow')).offset).toBe(-1);
});

it('puts aside what is refused, lets the others go on, and sends it again when asked to', async () => {
  let refuses = true;
  await using receiver = await startWebhook({
    answer: ({body}, response) => response.writeHead(refuses && body.includes('"data":4') ? 422 : 204).end(),
  });
  await using started = await startConsumers();
  await started.client.create(webhook(receiver.url, {attempts: 3}));
  started.events.append(...eventsOf(9));
  await started.caughtUp('billing');
  const letters = await started.client.deadLetters('billing');
  expect(letters).toMatchObject([
    {offset: 4, device: 'lamp-1', reason: 'it answered 422', attempts: 3, replaying: false},
  ]);
  expect(receiver.offsets('lamp-1')).toEqual([1, 7]);
  // Still refused: it stays.
  expect(await started.client.replay('billing')).toBe(1);
  await until(
    async () =>
      (await started.api.admin.consumers.deadLetters('default', 'billing', {after: -1, limit: 1}))[0]
        ?.replaying === false,
    'the refusal',
  );
  refuses = false;
  expect(await started.client.replay('billing', [4, 5])).toBe(1);
  await until(async () => (await started.stateOf('billing')).deadLetters === 0, 'the replay');
  expect(receiver.offsets('lamp-1')).toEqual([1, 7, 4]);
  expect(started.faults).toEqual([]);
});

it('blames an event for failures only where others are taken', async () => {
  let broken = true;
  await using receiver = await startWebhook({
    answer: ({body}, response) => response.writeHead(broken || body.includes('"data":2') ? 500 : 204).end(),
  });
  await using started = await startConsumers();
  await started.client.create(webhook(receiver.url, {attempts: 2}));
  started.events.append(...eventsOf(6));
  await until(async () => (await started.stateOf('billing')).problem === 'it answered 500', 'the problem');
  broken = false;
  await until(() => receiver.offsets('lamp-0').length === 2, 'another device');
  // Its own device has nothing else to show that the receiver works.
  while ((await started.stateOf('billing')).deadLetters === 0) {
    started.events.append(numbered(0, {device: 'lamp-0'}));
    await started.client.list();
  }
  expect(await started.client.deadLetters('billing')).toMatchObject([{offset: 2}]);
  await until(() => receiver.offsets('lamp-2').length === 1, 'what came behind it');
});

it('sends a batch that was refused one by one', async () => {
  await using receiver = await startWebhook({
    answer: ({body}, response) => response.writeHead(body.includes('"data":40') ? 400 : 204).end(),
  });
  await using started = await startConsumers();
  started.events.append(...eventsOf(90));
  const target = {kind: 'webhook', url: receiver.url, mode: 'batch', allowPrivate: true} as const;
  await started.client.create({name: 'billing', target, from: 'beginning', attempts: 1});
  await started.caughtUp('billing');
  for (const [index, device] of DEVICES.entries())
    expect(receiver.offsets(device)).toEqual(offsetsOf(index, 90).filter(offset => offset !== 40));
  expect(await started.client.deadLetters('billing')).toMatchObject([{offset: 40}]);
  // The first that was taken, those of the refused one each by itself, and what waited meanwhile.
  expect(receiver.taken.length).toBeLessThan(91);
});

it('goes on after a crash: nothing is lost, the last events may come twice', async () => {
  await using receiver = await startWebhook();
  await using started = await startConsumers();
  await started.client.create(webhook(receiver.url));
  started.events.append(...eventsOf(30));
  await started.caughtUp('billing');
  let held = true;
  receiver.answer = (_, response) => (held ? undefined : response.writeHead(204).end());
  started.events.append(...eventsOf(30));
  await started.crash();
  held = false;
  started.begin();
  await started.caughtUp('billing');
  for (const [index, device] of DEVICES.entries())
    expect([...new Set(receiver.offsets(device))]).toEqual(offsetsOf(index, 60));
});

it('goes on where it is told to, and stands still while it is held', async () => {
  await using receiver = await startWebhook();
  await using started = await startConsumers();
  started.events.append(...eventsOf(3));
  await started.client.create(webhook(receiver.url));
  expect(await started.client.pause('billing')).toMatchObject({state: 'paused', offset: 2});
  started.events.append(...eventsOf(3));
  expect(await started.client.seek('billing', '1')).toMatchObject({state: 'paused', offset: 0, lag: 5});
  await started.client.resume('billing');
  await started.caughtUp('billing');
  expect(receiver.offsets().sort((one, other) => one - other)).toEqual([1, 2, 3, 4, 5]);
  await started.client.remove('billing');
  started.events.append(...eventsOf(1));
  await expect(started.client.get('billing')).rejects.toMatchObject({code: 'IOT_CONSUMER_UNKNOWN'});
});

it('chooses by type, labels, model and expression; and tells consumers nothing of consumers', async () => {
  await using receiver = await startWebhook();
  await using started = await startConsumers();
  const {registry} = started.api;
  const by = {createdBy: 'test', nowMs: Date.now(), ifNotExists: false, credential: null};
  await registry.createDevices('default', [{id: 'lamp-0', labels: {site: 'oslo'}}, {id: 'lamp-1'}], by);
  await registry.tenants.create('other', {}, Date.now());
  started.events.append(
    numbered(1, {device: 'lamp-0'}),
    numbered(50, {device: 'lamp-0'}),
    numbered(60, {device: 'lamp-1'}),
    numbered(70, {device: 'lamp-0', type: 'status'}),
    numbered(80, {device: 'lamp-0', tenant: 'other'}),
    numbered(90, {device: '', type: 'consumer.failing'}),
  );
  const filter = {type: 'telemetry', selector: 'site=oslo', where: 'data > 10'};
  await started.client.create(webhook(receiver.url, {name: 'some', from: 'beginning', filter}));
  await started.caughtUp('some');
  expect(receiver.offsets()).toEqual([1]);
  receiver.taken.length = 0;
  await started.client.create(webhook(receiver.url, {name: 'all', from: 'beginning', atOnce: 1}));
  await started.caughtUp('all');
  expect(receiver.offsets().sort((one, other) => one - other)).toEqual([0, 1, 2, 3]);
});
