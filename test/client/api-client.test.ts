import {once} from 'node:events';
import {createServer as createHttpServer, type RequestListener} from 'node:http';
import {type AddressInfo, createServer} from 'node:net';
import {describe, expect, it} from 'vitest';
import {ApiClient} from '../../src/client/api-client.js';
import type {CloudEvent} from '../../src/domain/cloud-event.js';
import {sampleEvent} from '../stream/sample-events.js';
import {until, within} from '../support/deadline.js';
import {startTestApi} from '../support/start-api.js';

const TOKEN = 'iotctl_pat_x';

/** A server that is not a platform: it answers as it is told. */
async function serve(answer: (...[request, response]: Parameters<RequestListener>) => unknown) {
  const server = createHttpServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    client: new ApiClient({url, token: TOKEN}),
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function closedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

const sse = (events: string): RequestListener => {
  return (_request, response) => {
    response.writeHead(200, {'content-type': 'text/event-stream'});
    response.write(events);
    response.end();
  };
};

describe('a request that fails', () => {
  it('names the address where nothing listens', async () => {
    const url = await closedPort();
    const client = new ApiClient({url, token: TOKEN});
    const expected = {code: 'IOT_PLATFORM_UNREACHABLE', exitCode: 3, message: expect.stringContaining(url)};
    await expect(client.status()).rejects.toMatchObject(expected);
    await expect(collect(client.tail({}))).rejects.toMatchObject(expected);
    await expect(collect(client.logs({}))).rejects.toMatchObject(expected);
  });

  it('carries the code and the words of the platform', async () => {
    await using api = await startTestApi();
    await expect(api.client.getDevice('lamp-1')).rejects.toMatchObject({
      code: 'IOT_DEVICE_UNKNOWN',
      exitCode: 4,
      message: 'no device "lamp-1" in tenant default',
    });
    const stranger = new ApiClient({url: api.url, token: TOKEN});
    await expect(stranger.listTokens()).rejects.toMatchObject({code: 'IOT_UNAUTHENTICATED', exitCode: 6});
    await expect(collect(stranger.tail({}))).rejects.toMatchObject({code: 'IOT_UNAUTHENTICATED'});
  });

  it.each([
    [200, '<html>hello</html>'],
    [302, ''],
    [404, 'nothing here'],
    [500, '{"code":"IOT_MADE_UP","detail":"x"}'],
    [500, '{"code":"constructor"}'],
    [503, '{"message":'],
  ])('says that %i %j is not an answer of a platform', async (status, body) => {
    await using server = await serve((_request, response) => response.writeHead(status).end(body));
    await expect(server.client.status()).rejects.toMatchObject({
      code: 'IOT_INTERNAL',
      message: expect.stringContaining(String(status)),
    });
  });

  it('says so when the answer breaks off', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, {'content-length': '100'});
      response.write('{', () => response.destroy());
    });
    await expect(server.client.status()).rejects.toMatchObject({code: 'IOT_PLATFORM_UNREACHABLE'});
  });
});

describe('ids', () => {
  it.each(['a/b', '..', 'a?b', 'a#b', 'a%2fb', 'a b', 'ü'])('%j stay one part of the path', async id => {
    let path = '';
    await using server = await serve((request, response) => {
      path = request.url ?? '';
      response.end('{}');
    });
    await server.client.getDevice(id);
    expect(path.startsWith('/v1/devices/')).toBe(true);
    expect(decodeURIComponent(path.slice('/v1/devices/'.length))).toBe(id);
  });
});

it('finds a platform below a path of its own', async () => {
  let path = '';
  await using server = await serve((request, response) => {
    path = request.url ?? '';
    response.end('{"items":[]}');
  });
  await new ApiClient({url: `${server.url}/iot/`, token: TOKEN}).listDevices({limit: 3});
  expect(path).toBe('/iot/v1/devices?limit=3');
});

describe('what is asked by pages', () => {
  it('comes as if there were none', async () => {
    await using api = await startTestApi();
    const devices = Array.from({length: 1201}, (_, index) => ({
      id: `lamp-${String(index).padStart(4, '0')}`,
    }));
    await api.client.createDevices(devices.slice(0, 1000));
    await api.client.createDevices(devices.slice(1000));
    expect((await collect(api.client.allDevices())).map(({id}) => id)).toEqual(devices.map(({id}) => id));
  });
});

describe('tail', () => {
  const event = (offset: number): string => `id: ${offset}\ndata: {"offset":${offset},"text":"é😀"}\n\n`;

  it('gives history, then what comes', async () => {
    await using api = await startTestApi();
    api.events.append(sampleEvent(), sampleEvent(), sampleEvent());
    api.events.store(2);
    const ended = new AbortController();
    const got: CloudEvent[] = [];
    const done = (async () => {
      for await (const one of api.client.tail({after: 0, signal: ended.signal})) got.push(one);
    })();
    await until(() => got.length === 2, 'the history');
    api.events.append(sampleEvent());
    await until(() => got.length === 3, 'the live one');
    expect(got.map(({offset}) => offset)).toEqual([1, 2, 3]);
    ended.abort();
    await within(done, 'the end');
    await until(() => api.events.listeners === 0, 'the platform to know');
  });

  it('ends by itself without follow, and at once with a signal that is over', async () => {
    await using api = await startTestApi();
    api.events.append(sampleEvent());
    expect(await collect(api.client.tail({last: 5, follow: false}))).toHaveLength(1);
    expect(await collect(api.client.tail({signal: AbortSignal.abort()}))).toEqual([]);
  });

  it('is given up when no one goes on reading', async () => {
    await using api = await startTestApi();
    api.events.append(sampleEvent());
    for await (const _event of api.client.tail({after: -1})) break;
    await until(() => api.events.listeners === 0, 'the platform to know');
  });

  it.each([1, 2, 3, 7, 64])('reads events that come in pieces of %i bytes', async size => {
    const bytes = Buffer.from(`: ready\n\n${[0, 1, 2].map(event).join(': ping\n\n')}`);
    await using server = await serve(async (_request, response) => {
      response.socket!.setNoDelay(true);
      for (let at = 0; at < bytes.length; at += size)
        await new Promise(resolve => response.write(bytes.subarray(at, at + size), resolve));
      response.end();
    });
    const got = await collect(server.client.tail({follow: false}));
    expect(got).toEqual([0, 1, 2].map(offset => ({offset, text: 'é😀'})));
  });

  it('reads an event of many pieces without taking each of them up again', async () => {
    const data = JSON.stringify({offset: 0, text: 'x'.repeat(20_000_000)});
    await using server = await serve(sse(`data: ${data}\n\n`));
    const [got] = await collect(server.client.tail({follow: false}));
    expect(got!.text).toHaveLength(20_000_000);
  });

  it('names the last event when the platform goes away', async () => {
    await using api = await startTestApi();
    api.events.append(sampleEvent(), sampleEvent());
    const got: number[] = [];
    const done = (async () => {
      for await (const {offset} of api.client.tail({after: -1})) got.push(offset);
    })();
    done.catch(() => undefined);
    await until(() => got.length === 2, 'the history');
    await api.close();
    await expect(done).rejects.toMatchObject({
      code: 'IOT_PLATFORM_UNREACHABLE',
      message: expect.stringContaining('offset 1'),
    });
  });

  it('says the same when the stream ends in order, but was not to end', async () => {
    await using server = await serve(sse(event(7)));
    await expect(collect(server.client.tail({}))).rejects.toMatchObject({
      code: 'IOT_PLATFORM_UNREACHABLE',
      message: expect.stringContaining('offset 7'),
    });
  });

  it.each([
    ['{"code":"IOT_TOO_SLOW","detail":"resume after offset 7"}', 'IOT_TOO_SLOW', 'resume after offset 7'],
    ['{"code":"IOT_MADE_UP","detail":"hm"}', 'IOT_INTERNAL', 'hm'],
    ['no JSON', 'IOT_INTERNAL', 'no JSON'],
  ])('fails with what the platform says: %s', async (data, code, words) => {
    await using server = await serve(sse(`${event(7)}event: error\ndata: ${data}\n\n`));
    const got: number[] = [];
    const reading = (async () => {
      for await (const {offset} of server.client.tail({})) got.push(offset);
    })();
    await expect(reading).rejects.toMatchObject({code, message: expect.stringContaining(words)});
    expect(got).toEqual([7]);
  });
});

describe('logs', () => {
  it('come line by line, and end with the signal', async () => {
    await using api = await startTestApi();
    api.log.write('one');
    expect(await collect(api.client.logs({lines: 5}))).toEqual(['one']);
    const ended = new AbortController();
    const got: string[] = [];
    const done = (async () => {
      for await (const line of api.client.logs({follow: true, signal: ended.signal})) got.push(line);
    })();
    await until(() => got.length === 1, 'the first line');
    api.log.write('two');
    await until(() => got.length === 2, 'the second line');
    ended.abort();
    await within(done, 'the end');
  });

  it('fail with a code when the platform goes away', async () => {
    await using api = await startTestApi();
    api.log.write('one');
    const done = collect(api.client.logs({follow: true}));
    done.catch(() => undefined);
    await until(() => api.log.listeners === 1, 'the follower');
    await api.close();
    await expect(done).rejects.toMatchObject({code: 'IOT_PLATFORM_UNREACHABLE'});
  });
});
