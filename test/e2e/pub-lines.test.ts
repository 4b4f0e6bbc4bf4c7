import {type EventEmitter, on, once} from 'node:events';
import mqtt from 'mqtt';
import {describe, expect, it} from 'vitest';
import {iotctl} from '../support/built-bin.js';
import {mosquittoInstalled, startMosquitto} from '../support/mosquitto.js';

const MANY = 50_000;

/** Subscribes with a client of its own and gives the payloads in the order in which they came. */
async function collect(url: string, topic: string, count: number) {
  const client = await mqtt.connectAsync(url, {protocolVersion: 5});
  await client.subscribeAsync(topic, {qos: 2});
  const payloads: string[] = [];
  const all = new Promise<string[]>(resolve => {
    client.on('message', (_topic, payload) => {
      if (payloads.push(payload.toString()) === count) resolve(payloads);
    });
  });
  return {
    all,
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
}

const numbers = (count: number): string[] => Array.from({length: count}, (_, index) => String(index + 1));

describe.skipIf(!mosquittoInstalled())('pub --lines', () => {
  it.each([
    ['0', MANY],
    ['1', MANY],
    ['2', MANY / 10],
  ])(
    'with QoS %s brings %i lines from a pipe at full speed, each once and in order',
    async (qos, count) => {
      await using broker = await startMosquitto();
      await using received = await collect(broker.url, 'count', count);
      const {exitCode, stdout} = await iotctl(
        ['pub', 'count', '-l', '--qos', qos, '--url', broker.url, '-o', 'json'],
        {
          input: numbers(count).join('\n'),
        },
      );
      expect(JSON.parse(String(stdout))).toMatchObject({published: count, acknowledged: count});
      expect(exitCode).toBe(0);
      expect(await received.all).toEqual(numbers(count));
    },
    120_000,
  );

  it('sends each of 50 lines at once, though the next is 50 ms away', async () => {
    await using broker = await startMosquitto();
    const client = await mqtt.connectAsync(broker.url);
    await client.subscribeAsync('slow');
    const messages = on(client as unknown as EventEmitter, 'message');
    const child = iotctl(['pub', 'slow', '-l', '--url', broker.url]);
    for (const number of numbers(50)) {
      child.stdin!.write(`${number}\n`);
      // The line has arrived before the next one is written: nothing waits in a buffer for more.
      const {value} = (await messages.next()) as {value: [string, Buffer]};
      expect(value[1].toString()).toBe(number);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    child.stdin!.end();
    expect((await child).exitCode).toBe(0);
    await client.endAsync(true);
  });

  it.each(['0', '1'])('with QoS %s names the counts when the broker dies on the way', async qos => {
    await using broker = await startMosquitto();
    const client = await mqtt.connectAsync(broker.url, {reconnectPeriod: 0});
    client.on('error', () => undefined);
    await client.subscribeAsync('count');
    const child = iotctl(['pub', 'count', '-l', '--qos', qos, '--url', broker.url, '-o', 'json']);
    child.stdin!.on('error', () => undefined);
    child.stdin!.write(`${numbers(5000).join('\n')}\n`);
    await once(client as unknown as EventEmitter, 'message');
    await broker.kill();
    // stdin stays open: a lost connection is told without waiting for the next line.
    const {exitCode, stdout, stderr} = await child;
    const counts = JSON.parse(String(stdout)) as {
      published: number;
      acknowledged: number;
      notAcknowledged: number;
    };
    const {error} = JSON.parse(String(stderr)) as {error: {code: string; message: string}};
    expect(exitCode).toBe(1);
    expect(error.code).toBe('IOT_PUBLISH_INCOMPLETE');
    expect(error.message).toContain(
      `${counts.published} published, ${counts.acknowledged} acknowledged, ${counts.notAcknowledged} not acknowledged`,
    );
    expect(counts.published).toBe(counts.acknowledged + counts.notAcknowledged);
    await client.endAsync(true);
  });

  it('on Ctrl-C ends with exit code 130, with all that it had read acknowledged', async () => {
    await using broker = await startMosquitto();
    const client = await mqtt.connectAsync(broker.url);
    await client.subscribeAsync('count');
    const child = iotctl(['pub', 'count', '-l', '--qos', '1', '--url', broker.url, '-o', 'json']);
    child.stdin!.write('1\n');
    await once(client as unknown as EventEmitter, 'message');
    child.kill('SIGINT');
    const {exitCode, stdout} = await child;
    expect(JSON.parse(String(stdout))).toMatchObject({published: 1, acknowledged: 1});
    expect(exitCode).toBe(130);
    await client.endAsync(true);
  });

  it('ends sub quietly with exit code 0 when its reader has had enough', async () => {
    await using broker = await startMosquitto();
    const subscriber = iotctl(['sub', 'count', '--url', broker.url]);
    await once(subscriber.stderr!, 'data');
    subscriber.stdout!.destroy();
    const {exitCode: published} = await iotctl(['pub', 'count', '-l', '--url', broker.url], {
      input: numbers(1000).join('\n'),
    });
    expect(published).toBe(0);
    const {exitCode, stderr} = await subscriber;
    expect(stderr).toBe('Subscribed to count\n');
    expect(exitCode).toBe(0);
  });

  it('ends sub with exit code 0 on Ctrl-C', async () => {
    await using broker = await startMosquitto();
    const subscriber = iotctl(['sub', 'count', '--url', broker.url]);
    await once(subscriber.stderr!, 'data');
    subscriber.kill('SIGINT');
    expect((await subscriber).exitCode).toBe(0);
  });
});
