import {connectAsync} from 'mqtt';
import {expect, it} from 'vitest';
import {range} from '../stream/sample-events.js';
import {until} from '../support/deadline.js';
import {samplesOf} from '../support/metric-samples.js';
import {startPlatform} from '../support/start-platform.js';
import {startWebhook} from '../support/webhook-receiver.js';

const DEVICES = ['lamp-0', 'lamp-1', 'lamp-2', 'lamp-3'];
/** More than a consumer reads ahead of its deliveries. */
const EACH = 400;

const webhook = (name: string, url: string) => ({
  name,
  target: {kind: 'webhook', url, allowPrivate: true} as const,
  filter: {type: 'telemetry'},
  attempts: 100,
  timeoutMs: 300_000,
  atOnce: 64,
});

it('slows neither another consumer nor ingest while one receiver hangs and one fails always', async () => {
  let hangs = 0;
  await using hanging = await startWebhook({answer: () => void hangs++});
  let fails = 0;
  await using failing = await startWebhook({
    answer(_, response) {
      fails++;
      response.writeHead(500).end();
    },
  });
  await using receiver = await startWebhook();
  await using platform = await startPlatform();
  const logins = await Promise.all(DEVICES.map(device => platform.device(device)));
  const {consumers} = platform.api;
  await consumers.create(webhook('hanging', hanging.url));
  await consumers.create(webhook('failing', failing.url));
  await consumers.create(webhook('billing', receiver.url));
  const clients = await Promise.all(
    logins.map(login => connectAsync(platform.address.mqttUrl, {...login, reconnectPeriod: 0})),
  );
  const publish = (n: number) =>
    Promise.all(clients.map(client => client.publishAsync('me/telemetry', JSON.stringify({n}), {qos: 1})));
  await publish(0);
  await until(() => hangs > 0 && fails > 0, 'both to be in trouble');
  // Every one of these resolves by its acknowledgement.
  await Promise.all(range(1, EACH).map(publish));
  const total = DEVICES.length * EACH;
  await until(() => receiver.taken.length >= total, 'all of them at the receiver that works');
  expect(new Set(receiver.offsets()).size).toBe(total);

  expect([hanging.taken.length, failing.taken.length]).toEqual([0, 0]);
  // Each of its devices waits for its first answer.
  expect(hangs).toBe(DEVICES.length);
  for (const device of DEVICES) {
    const offsets = receiver.offsets(device);
    expect(offsets).toEqual([...new Set(offsets)].sort((one, other) => one - other));
  }
  const samples = samplesOf(await (await platform.get('/metrics')).text());
  const delivered = (name: string) =>
    samples.get(`iotctl_consumer_delivered_total{tenant="default",consumer="${name}"}`);
  expect(['billing', 'hanging', 'failing'].map(delivered)).toEqual([total, 0, 0]);
  expect(samples.get('iotctl_part_start_time_seconds{part="consumers"}')).toBeGreaterThan(1e9);
  const {total: count, failing: failed, furthestBehind} = (await platform.api.status()).consumers;
  expect({count, failed}).toEqual({count: 3, failed: 1});
  expect(furthestBehind!.lag).toBeGreaterThanOrEqual(total);
  await Promise.all(clients.map(client => client.endAsync(true)));
}, 120_000);
