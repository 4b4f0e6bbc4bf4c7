import {expect, it} from 'vitest';
import {numbered} from '../stream/sample-events.js';
import {until} from '../support/deadline.js';
import {samplesOf} from '../support/metric-samples.js';
import {freePort} from '../support/mosquitto.js';
import {startConsumers} from '../support/start-consumers.js';
import {startWebhook} from '../support/webhook-receiver.js';

const webhook = (name: string, url: string) => ({
  name,
  target: {kind: 'webhook', url, allowPrivate: true} as const,
  attempts: 2,
});

it('tells of each consumer how it is, how far behind, and what its receiver took and did not', async () => {
  await using receiver = await startWebhook({
    answer: ({body}, response) => response.writeHead(body.includes('"data":2') ? 422 : 204).end(),
  });
  await using started = await startConsumers();
  const nobody = `http://127.0.0.1:${await freePort()}/`;
  await started.client.create(webhook('billing', receiver.url));
  await started.client.create(webhook('gone', nobody));
  await started.client.create(webhook('held', nobody));
  await started.client.pause('held');
  started.events.append(...[0, 1, 2, 3].map(number => numbered(number)));
  await started.caughtUp('billing');
  await until(async () => (await started.stateOf('gone')).problem !== null, 'the problem');
  const scrape = async () => samplesOf(await (await started.api.request('/metrics')).text());
  const first = await scrape();
  const of = (samples: Map<string, number>, metric: string, consumer: string, more = '') =>
    samples.get(`iotctl_consumer_${metric}{tenant="default",consumer="${consumer}"${more}}`);
  const stateOf = (consumer: string) =>
    ['running', 'failing', 'paused'].filter(state => of(first, 'state', consumer, `,state="${state}"`) === 1);
  expect(['billing', 'gone', 'held'].map(stateOf)).toEqual([['running'], ['failing'], ['paused']]);
  expect(['billing', 'gone', 'held'].map(name => of(first, 'lag_events', name))).toEqual([0, 4, 4]);
  expect(of(first, 'delivered_total', 'billing')).toBe(3);
  expect(of(first, 'failed_attempts_total', 'billing')).toBe(2);
  expect(of(first, 'dead_letters', 'billing')).toBe(1);
  expect(of(first, 'delivered_total', 'gone')).toBe(0);
  expect(of(first, 'failed_attempts_total', 'gone')).toBeGreaterThan(0);
  expect(await started.board.status()).toMatchObject({
    total: 3,
    failing: 1,
    paused: 1,
    furthestBehind: {tenant: 'default', name: 'gone', lag: 4},
  });

  // It goes on counting where it is moved, and is forgotten with its consumer.
  await started.client.seek('billing', '3');
  await started.client.remove('gone');
  await started.caughtUp('billing');
  const second = await scrape();
  expect(of(second, 'delivered_total', 'billing')).toBe(4);
  expect([...second.keys()].filter(key => key.includes('gone'))).toEqual([]);
});

it('tells of consumers of a suspended tenant as paused', async () => {
  await using started = await startConsumers();
  const {registry} = started.api;
  await registry.tenants.create('other', {}, Date.now());
  const {pace, filter} = (await started.client.create({name: 'lake', target: {kind: 'file'}})).consumer;
  const target = {kind: 'file', rotateBytes: 1, rotateMs: 1} as const;
  const by = {createdBy: 'test', nowMs: Date.now()};
  await registry.consumers.create('other', {name: 'lake', target, filter, pace, secret: {}, offset: -1}, by);
  await registry.tenants.suspend('other', 'test', Date.now());
  expect(await started.board.each()).toMatchObject([
    {tenant: 'default', name: 'lake', state: 'running'},
    {tenant: 'other', name: 'lake', state: 'paused'},
  ]);
  expect(await started.board.status()).toMatchObject({total: 2, paused: 1});
});
