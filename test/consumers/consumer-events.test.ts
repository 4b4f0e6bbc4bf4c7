/** What a tenant is told of its consumers by events: a problem that lasts, its end, and what may be missing. */
import {expect, it} from 'vitest';
import {numbered} from '../stream/sample-events.js';
import {until} from '../support/deadline.js';
import {freePort} from '../support/mosquitto.js';
import {startConsumers} from '../support/start-consumers.js';
import {startWebhook} from '../support/webhook-receiver.js';

const START_MS = Date.parse('2026-03-01T00:00:00Z');
const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

const webhook = (url: string) => ({
  name: 'billing',
  target: {kind: 'webhook', url, allowPrivate: true} as const,
  timeoutMs: 300_000,
});

async function startAt(startMs: number) {
  const time = {nowMs: startMs};
  const started = await startConsumers({clock: () => time.nowMs});
  return Object.assign(started, {
    time,
    /** Events of these types that wait to be put into the stream, oldest first. */
    async told(): Promise<{type: string; data: unknown}[]> {
      const kept = await started.api.registry.outbox.next(100);
      return kept
        .map(({event: {type, data}}) => ({type, data}))
        .filter(({type}) => /^consumer\.(failing|recovered|gap)$/.test(type));
    },
  });
}

it('tells of a problem that lasts for ten seconds, and of each change once a minute at most', async () => {
  await using started = await startAt(START_MS);
  const {api, time} = started;
  await started.client.create(webhook(`http://127.0.0.1:${await freePort()}/`));
  await started.close();
  const [spec] = await api.registry.consumers.running();
  const {tenant, name, epoch} = spec!;
  const says = async (problem: string | null, atSec: number) => {
    time.nowMs = START_MS + atSec * SECOND_MS;
    await api.admin.consumerDesk.progressed([{tenant, name, epoch, offset: -1, problem, caughtUp: false}]);
    return (await started.told()).length;
  };
  const counts: number[] = [];
  for (const [problem, atSec] of [
    ['it answered 503', 0],
    ['it answered 503', 9.999],
    ['it answered 500', 10],
    ['it answered 500', 11],
    [null, 69.999],
    [null, 70],
    ['it answered 503', 71],
    ['it answered 503', 129.999],
    ['it answered 503', 130],
  ] as const)
    counts.push(await says(problem, atSec));
  expect(counts).toEqual([0, 0, 1, 1, 1, 2, 2, 2, 3]);
  const failing = (reason: string) => ({type: 'consumer.failing', data: {consumer: 'billing', reason}});
  expect(await started.told()).toEqual([
    failing('it answered 500'),
    {type: 'consumer.recovered', data: {consumer: 'billing'}},
    failing('it answered 503'),
  ]);
});

it('tells nobody of a problem that is over before it has lasted', async () => {
  await using receiver = await startWebhook({answer: (_, response) => response.writeHead(503).end()});
  await using started = await startAt(START_MS);
  await started.client.create(webhook(receiver.url));
  started.events.append(numbered(0));
  await until(async () => (await started.stateOf('billing')).problem !== null, 'the problem');
  started.time.nowMs += 9 * SECOND_MS;
  receiver.answer = undefined;
  await until(async () => (await started.stateOf('billing')).problem === null, 'its end');
  started.time.nowMs += 60 * SECOND_MS;
  started.events.append(numbered(1));
  await started.caughtUp('billing');
  expect(await started.told()).toEqual([]);
});

it('tells of recovery when the receiver has taken something again, not when the consumer begins anew', async () => {
  await using receiver = await startWebhook({answer: (_, response) => response.writeHead(503).end()});
  await using started = await startAt(START_MS);
  await started.client.create(webhook(receiver.url));
  await started.client.create({name: 'lake', target: {kind: 'file'}});
  started.events.append(numbered(0));
  await until(async () => (await started.stateOf('billing')).problem !== null, 'the problem');
  started.time.nowMs += 10 * SECOND_MS;
  await until(async () => (await started.told()).length === 1, 'consumer.failing');

  // It begins anew, and its receiver does not answer yet.
  let tried = 0;
  receiver.answer = () => void tried++;
  await started.crash();
  started.time.nowMs += 61 * SECOND_MS;
  started.begin();
  // One that gets on says where it is, in one breath with all others.
  const offset = started.events.append(numbered(1)) - 1;
  await until(async () => (await started.stateOf('lake')).offset === offset, 'the other consumer');
  await until(() => tried > 0, 'another attempt');
  expect(await started.stateOf('billing')).toMatchObject({
    problem: 'it answered 503',
    problemSince: new Date(START_MS).toISOString(),
  });
  // Nor is it well again by being held.
  await started.client.pause('billing');
  await started.client.resume('billing');
  started.events.append(numbered(2));
  await started.caughtUp('lake');
  expect(await started.told()).toHaveLength(1);

  receiver.answer = undefined;
  await started.client.seek('billing', '0');
  await started.caughtUp('billing');
  await until(async () => (await started.told()).length === 2, 'consumer.recovered');
  expect((await started.told()).at(-1)).toEqual({type: 'consumer.recovered', data: {consumer: 'billing'}});
});

it('tells that events may be gone which it had not read when they were deleted', async () => {
  await using receiver = await startWebhook();
  await using started = await startAt(START_MS);
  const {registry} = started.api;
  const policy = await registry.retention.get('default');
  await registry.retention.set('default', {...policy, raw: {...policy.raw, deleteAfterDays: 1}});
  await started.client.create(webhook(receiver.url));
  started.events.append(numbered(0));
  await started.caughtUp('billing');
  const stopFor = async (ms: number) => {
    await started.close();
    started.events.append(numbered(1));
    started.time.nowMs += ms;
    started.begin();
    await started.caughtUp('billing');
  };
  // So long ago is still kept, and who had read everything misses nothing.
  await stopFor(DAY_MS - 1);
  expect(await started.told()).toEqual([]);
  await started.close();
  started.time.nowMs += 10 * DAY_MS;
  started.begin();
  const now = new Date(started.time.nowMs).toISOString();
  await until(async () => (await started.stateOf('billing')).movedAt === now, 'it to have begun');
  started.events.append(numbered(2));
  await started.caughtUp('billing');
  expect(await started.told()).toEqual([]);

  const {movedAt} = await started.stateOf('billing');
  await stopFor(DAY_MS + 1);
  expect(await started.told()).toEqual([
    {type: 'consumer.gap', data: {consumer: 'billing', after: 2, since: movedAt, keptDays: 1}},
  ]);
  expect(await started.client.get('billing')).toMatchObject({
    gapAt: new Date(started.time.nowMs).toISOString(),
    lag: 0,
  });
  expect(receiver.offsets()).toEqual([0, 1, 2, 3]);
});
