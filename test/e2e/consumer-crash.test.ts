import type {ServerResponse} from 'node:http';
import {connectAsync} from 'mqtt';
import {expect, it} from 'vitest';
import type {CloudEvent} from '../../src/domain/cloud-event.js';
import {range} from '../stream/sample-events.js';
import {until, within} from '../support/deadline.js';
import {startPlatform} from '../support/start-platform.js';
import {type Delivery, startWebhook} from '../support/webhook-receiver.js';

const DEVICES = ['lamp-0', 'lamp-1', 'lamp-2', 'lamp-3'];
const ROUNDS = 2;
const EACH_ROUND = 40;
/** So many deliveries of a round come before the platform is killed, of `DEVICES.length * EACH_ROUND` that there are. */
const BEFORE_KILL = 30;

/** Publishes these numbers, in their order; resolves when all are acknowledged. */
async function publish(url: string, login: {username: string; password: string}, numbers: readonly number[]) {
  const client = await connectAsync(url, {...login, reconnectPeriod: 0});
  await Promise.all(numbers.map(n => client.publishAsync('me/telemetry', JSON.stringify({n}), {qos: 1})));
  await client.endAsync();
}

/** What came to a receiver, in its order, also what it never answered; it answers while `open`. */
function arrivals() {
  const numbers = new Map(DEVICES.map(device => [device, [] as number[]]));
  const waiting: ServerResponse[] = [];
  let open = false;
  let onArrival = (): void => {};
  return {
    numbers,
    count: () => [...numbers.values()].flat().length,
    hold(): void {
      open = false;
    },
    release(): void {
      open = true;
      for (const response of waiting.splice(0)) response.writeHead(204).end();
    },
    /** Resolves when so many more have come; the last of them gets no answer, nor does anything after it. */
    holdAfter: (more: number) =>
      new Promise<void>(resolve => {
        onArrival = () => {
          if (--more > 0) return;
          open = false;
          onArrival = () => {};
          resolve();
        };
      }),
    answer({body}: Delivery, response: ServerResponse): void {
      const {source, data} = JSON.parse(body) as CloudEvent & {data: {n: number}};
      numbers.get(source.split('/').at(-1)!)!.push(data.n);
      onArrival();
      if (open) response.writeHead(204).end();
      else waiting.push(response);
    },
  };
}

/** Numbers before which another one was left out; one that comes again leaves nothing out. */
function skippedBefore(numbers: readonly number[]): number[] {
  let next = 0;
  return numbers.filter(number => {
    const isSkip = number > next;
    next = Math.max(next, number + 1);
    return isSkip;
  });
}

it('brings every event at least once, in the order of its device, however often it is killed while it delivers', async () => {
  const came = arrivals();
  await using receiver = await startWebhook({
    answer: (delivery, response) => came.answer(delivery, response),
  });
  await using platform = await startPlatform();
  const logins = await Promise.all(DEVICES.map(device => platform.device(device)));
  await platform.api.consumers.create({
    name: 'billing',
    target: {kind: 'webhook', url: receiver.url, allowPrivate: true},
    filter: {type: 'telemetry'},
  });
  const cursor = async () => (await platform.api.consumers.get('billing')).offset;
  for (let round = 0; round < ROUNDS; round++) {
    came.hold();
    const numbers = range(round * EACH_ROUND, (round + 1) * EACH_ROUND);
    await Promise.all(logins.map(login => publish(platform.address.mqttUrl, login, numbers)));
    const before = await cursor();
    const inTheMiddle = came.holdAfter(BEFORE_KILL);
    came.release();
    await within(inTheMiddle, `${BEFORE_KILL} deliveries of round ${round}`);
    // What is written down by then must not be beyond what was delivered.
    await until(async () => (await cursor()) > before, 'the cursor to be written down');
    await platform.kill('SIGKILL');
    const newest = Math.max(...[...came.numbers.values()].flat());
    expect(newest, 'the last event had not come yet').toBeLessThan(numbers.at(-1)!);
    await platform.restart();
  }
  came.release();
  const all = range(0, ROUNDS * EACH_ROUND);
  const isComplete = (): boolean =>
    [...came.numbers.values()].every(numbers => new Set(numbers).size === all.length);
  await until(isComplete, 'every event to come');
  for (const [device, numbers] of came.numbers) expect(skippedBefore(numbers), device).toEqual([]);
  // What was under way at a kill was not acknowledged: it came again.
  expect(came.count()).toBeGreaterThanOrEqual(DEVICES.length * all.length + ROUNDS);
  await until(async () => (await platform.api.consumers.get('billing')).lag === 0, 'the cursor');
}, 120_000);
