import {createHmac, randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {createServer, type IncomingHttpHeaders} from 'node:http';
import type {AddressInfo} from 'node:net';
import {describe, expect, it} from 'vitest';
import {type DeliveryOptions, deliver} from '../../src/delivery/event-delivery.js';
import type {DeliveryMode} from '../../src/domain/consumer.js';
import {parseSigningSecret} from '../../src/domain/webhook-signature.js';
import {eventOf} from '../support/fake-platform.js';

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers with these one after the other, then with 204. */
async function startReceiver(...answers: (number | {status: number; retryAfter: string} | 'hang up')[]) {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      got.push({headers: request.headers, body: Buffer.concat(chunks).toString()});
      const answer = answers.shift() ?? 204;
      if (answer === 'hang up') request.socket.destroy();
      else if (typeof answer === 'number') response.writeHead(answer).end('no');
      else response.writeHead(answer.status, {'retry-after': answer.retryAfter}).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  return {
    got,
    url: new URL(`http://127.0.0.1:${port}/events`),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const optionsFor = (url: URL, changes: Partial<DeliveryOptions> = {}): DeliveryOptions => ({
  url,
  key: undefined,
  allowPrivate: true,
  retries: 3,
  retryDelayMs: 1,
  timeoutMs: 10_000,
  signal: new AbortController().signal,
  ...changes,
});

describe('what is sent', () => {
  it.each<[DeliveryMode, string, unknown]>([
    ['structured', 'application/cloudevents+json; charset=UTF-8', eventOf(7, {data: {a: 1}})],
    ['batch', 'application/cloudevents-batch+json; charset=UTF-8', [eventOf(7, {data: {a: 1}})]],
    ['binary', 'application/json', {a: 1}],
  ])('%s', async (mode, type, body) => {
    await using receiver = await startReceiver();
    await deliver([eventOf(7, {data: {a: 1}})], mode, optionsFor(receiver.url));
    expect(receiver.got[0]!.headers).toMatchObject({'content-type': type, 'webhook-id': 'default:7'});
    expect(JSON.parse(receiver.got[0]!.body)).toEqual(body);
  });

  it('has attributes as headers, percent-encoded, and bytes as they are', async () => {
    await using receiver = await startReceiver();
    const {data: _data, ...event} = eventOf(7, {
      reason: 'zu "heiß" 5%',
      datacontenttype: 'application/octet-stream',
    });
    await deliver([{...event, data_base64: 'AAH/'}], 'binary', optionsFor(receiver.url));
    expect(receiver.got[0]!.headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-id': '7',
      'ce-type': 'telemetry',
      'ce-reason': 'zu%20%22hei%C3%9F%22%205%25',
      'content-type': 'application/octet-stream',
      'content-length': '3',
    });
  });

  it('is signed by Standard Webhooks, with the same id each time', async () => {
    await using receiver = await startReceiver(500);
    const raw = randomBytes(32);
    const key = parseSigningSecret(`whsec_${raw.toString('base64')}`);
    await deliver([eventOf(1), eventOf(4)], 'batch', optionsFor(receiver.url, {key}));
    expect(receiver.got).toHaveLength(2);
    for (const {headers, body} of receiver.got) {
      const signed = `default:1-4.${String(headers['webhook-timestamp'])}.${body}`;
      const mac = createHmac('sha256', raw).update(signed).digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${mac}`);
    }
  });

  it.each(['', 'whsec_', 'whsec_dGVzdA==', 'whsec_!!!!'])(
    'refuses the secret %j without telling it',
    secret => expect(() => parseSigningSecret(secret)).toThrow(/^the signing secret is not/),
  );
});

describe('what fails', () => {
  it('is tried again after a refusal for now, a hang-up and a broken server', async () => {
    await using receiver = await startReceiver({status: 429, retryAfter: '0'}, 'hang up', 503);
    const waits: number[] = [];
    await deliver([eventOf(1)], 'structured', optionsFor(receiver.url), (_why, delayMs) =>
      waits.push(delayMs),
    );
    expect(receiver.got).toHaveLength(4);
    expect(waits[0]).toBe(0);
    // Twice as long each time, less a random part.
    expect(waits[2]).toBeGreaterThanOrEqual(2);
    expect(waits[2]).toBeLessThanOrEqual(4);
  });

  it('waits as long as the receiver asks, until nobody wants it any more', async () => {
    await using receiver = await startReceiver({status: 503, retryAfter: '60'});
    const stop = new AbortController();
    const done = deliver(
      [eventOf(1)],
      'structured',
      optionsFor(receiver.url, {signal: stop.signal}),
      (_why, delayMs) => {
        expect(delayMs).toBe(60_000);
        stop.abort();
      },
    );
    await expect(done).rejects.toMatchObject({code: 'IOT_FORWARD_FAILED'});
  });

  it.each([
    [400, 1, 'it answered 400'],
    [302, 1, 'it answered 302'],
    [500, 4, 'it answered 500, after 4 tries'],
  ])('with %i, after %i requests', async (status, requests, why) => {
    await using receiver = await startReceiver(...Array<number>(9).fill(status));
    await expect(deliver([eventOf(1)], 'structured', optionsFor(receiver.url))).rejects.toMatchObject({
      code: 'IOT_FORWARD_FAILED',
      message: expect.stringContaining(why),
    });
    expect(receiver.got).toHaveLength(requests);
  });

  it.each([
    'http://127.0.0.1',
    'http://localhost',
    'http://[::1]',
    'http://169.254.169.254',
    'http://10.0.0.1',
    'http://0x7f.1',
  ])('at once for the private address %s', async text => {
    await using receiver = await startReceiver();
    const url = new URL(text);
    url.port = receiver.url.port;
    await expect(
      deliver([eventOf(1)], 'structured', optionsFor(url, {allowPrivate: false})),
    ).rejects.toMatchObject({code: 'IOT_ADDRESS_PRIVATE'});
    expect(receiver.got).toHaveLength(0);
  });
});
