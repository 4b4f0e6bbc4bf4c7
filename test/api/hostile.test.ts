import {once} from 'node:events';
import {connect} from 'node:net';
import {beforeAll, describe, expect, it} from 'vitest';
import {within} from '../support/deadline.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

/** For requests that are refused and leave nothing behind; the others have one of their own. */
let api: StartedApi;

beforeAll(async () => {
  api = await startTestApi();
  return () => api[Symbol.asyncDispose]();
});

/** Speaks bytes to it; gives all that came back until it closed the connection. */
async function raw({port}: {port: number}, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', chunk => {
    answer += chunk.toString();
  });
  socket.on('error', () => undefined);
  socket.write(text);
  await within(once(socket, 'close'), 'the connection to be closed');
  return answer;
}

const get = (path: string, headers: string): string =>
  `GET ${path} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`;

const json = (body: string) => ({
  method: 'POST',
  body,
  headers: {'content-type': 'application/json'},
});

async function expectProblem(answer: Response, status: number, code: string): Promise<{detail: string}> {
  const text = await answer.text();
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  const problem = JSON.parse(text) as {detail: string};
  expect(problem).toMatchObject({type: 'about:blank', status, code});
  expect(problem).toHaveProperty('traceId', expect.stringMatching(/^[0-9a-f-]{36}$/));
  expect(answer.status).toBe(status);
  return problem;
}

describe('a body', () => {
  it.each([
    ['bad JSON', '{"id":', 400, 'IOT_REQUEST_INVALID'],
    ['no JSON at all', 'hello', 400, 'IOT_REQUEST_INVALID'],
    ['nothing', '', 400, 'IOT_REQUEST_INVALID'],
    ['null', 'null', 400, 'IOT_REQUEST_INVALID'],
    ['an array', '[]', 400, 'IOT_REQUEST_INVALID'],
    ['an unknown key', '{"id":"lamp-1","color":"red"}', 400, 'IOT_REQUEST_INVALID'],
    ['an id of another type', '{"id":5}', 400, 'IOT_REQUEST_INVALID'],
    ['line breaks in an id', '{"id":"lamp\\r\\nx"}', 400, 'IOT_DEVICE_ID_INVALID'],
    ['NUL in an id', '{"id":"lamp\\u0000"}', 400, 'IOT_DEVICE_ID_INVALID'],
    ['topic characters in an id', '{"id":"+/#"}', 400, 'IOT_DEVICE_ID_INVALID'],
    ['a prototype', '{"id":"lamp-1","__proto__":{"admin":true}}', 400, 'IOT_REQUEST_INVALID'],
    ['a prototype in labels', '{"id":"lamp-1","labels":{"__proto__":"x"}}', 400, 'IOT_REQUEST_INVALID'],
    ['a label that is no text', '{"id":"lamp-1","labels":{"site":1}}', 400, 'IOT_REQUEST_INVALID'],
    [
      'deep labels',
      `{"id":"lamp-1","labels":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      400,
      'IOT_REQUEST_INVALID',
    ],
  ])('with %s is a problem, not a bug', async (_what, body, status, code) => {
    await expectProblem(await api.request('/v1/devices', json(body)), status, code);
    expect(api.bugs).toEqual([]);
    expect(await api.client.listDevices()).toMatchObject({items: []});
  });

  it('with a command whose data is nested without end is refused', async () => {
    await using api = await startTestApi();
    await api.client.createDevice({id: 'lamp-1'});
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const answer = await api.request('/v1/devices/lamp-1/commands', json(`{"name":"go","data":${deep}}`));
    await expectProblem(answer, 400, 'IOT_REQUEST_INVALID');
    expect(api.bugs).toEqual([]);
  });

  it('with labels named like what every object has is kept as it is', async () => {
    await using api = await startTestApi();
    const labels = {constructor: 'a', toString: 'b', hasOwnProperty: 'c'};
    await api.client.createDevice({id: 'lamp-1', labels});
    expect((await api.client.getDevice('lamp-1')).labels).toEqual(labels);
  });

  it.each([
    ['/v1/devices', 1],
    ['/v1/query', 1],
    ['/v1/devices/batch', 2],
  ])('of %s above %i MiB is too large', async (path, mebibytes) => {
    const body = `{"id":"${'x'.repeat(mebibytes * 1024 * 1024)}"}`;
    await expectProblem(await api.request(path, json(body)), 413, 'IOT_PAYLOAD_TOO_LARGE');
  });

  it('of ten megabytes is refused while it comes', async () => {
    await using api = await startTestApi();
    // The answer may come before all is sent, which fetch takes for a failure.
    const answer = await api.request('/v1/devices', json('x'.repeat(10_000_000))).catch(() => undefined);
    if (answer) await expectProblem(answer, 413, 'IOT_PAYLOAD_TOO_LARGE');
    expect(await api.client.status()).toMatchObject({state: 'ok'});
  });

  it.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense'])(
    'of type %s is not taken',
    async type => {
      const init = {method: 'POST', body: '{"id":"lamp-1"}', headers: {'content-type': type}};
      const answer = await api.request('/v1/devices', init);
      expect([400, 415]).toContain(answer.status);
      await expectProblem(answer, answer.status, 'IOT_REQUEST_INVALID');
    },
  );
});

describe('a path or a query', () => {
  it.each([
    ['/nowhere', 404, 'IOT_NOT_FOUND'],
    ['/v1/devices/', 404, 'IOT_DEVICE_UNKNOWN'],
    ['/v1/devices/%', 400, 'IOT_REQUEST_INVALID'],
    ['/v1/devices/%zz', 400, 'IOT_REQUEST_INVALID'],
    ['/v1/devices/a%0d%0aSet-Cookie:%20x', 404, 'IOT_DEVICE_UNKNOWN'],
    ['/v1/devices/..%2f..%2fetc', 404, 'IOT_DEVICE_UNKNOWN'],
    ['/v1/devices/__proto__', 404, 'IOT_DEVICE_UNKNOWN'],
    ['/v1/commands/constructor', 404, 'IOT_COMMAND_UNKNOWN'],
    ['/v1/devices?limit=0', 400, 'IOT_REQUEST_INVALID'],
    ['/v1/devices?limit=501', 400, 'IOT_REQUEST_INVALID'],
    ['/v1/devices?limit=', 400, 'IOT_REQUEST_INVALID'],
    ['/v1/devices?limit=1e1', 400, 'IOT_REQUEST_INVALID'],
    ['/v1/devices?limit=1&limit=2', 400, 'IOT_REQUEST_INVALID'],
    ['/v1/devices?limt=1', 400, 'IOT_REQUEST_INVALID'],
    ['/v1/devices?selector=site', 400, 'IOT_USAGE'],
    ['/v1/events?since=whenever', 400, 'IOT_TIME_INVALID'],
    ['/v1/events?until=2026-13-45', 400, 'IOT_TIME_INVALID'],
    ['/v1/events?after=0x10', 400, 'IOT_REQUEST_INVALID'],
    ['/v1/events?after=99999999999999999999', 400, 'IOT_REQUEST_INVALID'],
    ['/v1/events/tail?since=whenever', 400, 'IOT_TIME_INVALID'],
    ['/v1/events/tail?follow=maybe', 400, 'IOT_REQUEST_INVALID'],
    ['/v1/events/tail?after=7', 400, 'IOT_REQUEST_INVALID'],
    ['/v1/logs?lines=-1', 400, 'IOT_REQUEST_INVALID'],
  ])('%s answers %i %s', async (path, status, code) => {
    await expectProblem(await api.request(path), status, code);
    expect(api.bugs).toEqual([]);
  });

  it('of a great length is refused', async () => {
    const long = await api.request(`/v1/devices/${'x'.repeat(4000)}`);
    await expectProblem(long, long.status, 'IOT_REQUEST_INVALID');
    expect(await raw(api, get(`/${'x'.repeat(20_000)}`, `Host: 127.0.0.1:${api.port}\r\n`))).toMatch(
      /^HTTP\/1\.1 431 .*"code":"IOT_REQUEST_INVALID"/s,
    );
  });

  it('with a method that the route does not have finds nothing', async () => {
    await expectProblem(await api.request('/v1/status', {method: 'PUT'}), 404, 'IOT_NOT_FOUND');
    for (const stream of ['/v1/events/tail', '/v1/logs?follow=true'])
      expect((await api.request(stream, {method: 'HEAD'})).status).toBe(404);
  });
});

describe('who may ask', () => {
  it.each([
    ['no token', undefined],
    ['an empty one', 'Bearer '],
    ['a wrong one', `Bearer iotctl_pat_${'x'.repeat(43)}`],
    ['a very long one', `Bearer iotctl_pat_${'x'.repeat(10_000)}`],
    ['another scheme', 'Basic YWRtaW46YWRtaW4='],
    ['SQL', "Bearer iotctl_pat_'OR'1'='1"],
  ])('not with %s', async (_what, authorization) => {
    await using api = await startTestApi();
    for (const path of ['/v1/status', '/v1/devices', '/v1/events/tail', '/v1/logs', '/v1/tokens']) {
      const answer = await fetch(api.url + path, {headers: authorization ? {authorization} : {}});
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      await expectProblem(answer, 401, 'IOT_UNAUTHENTICATED');
    }
  });

  it('not with a deleted token, or one whose time is over, and little with an application’s', async () => {
    await using api = await startTestApi();
    const roles = [{role: 'auditor' as const}];
    const ask = ({secret}: {secret: string}) =>
      api.request('/v1/devices', {headers: {authorization: `Bearer ${secret}`}});
    const deleted = await api.client.createToken({name: 'gone', roles});
    expect((await ask(deleted)).status).toBe(200);
    await api.client.deleteToken('gone');
    const old = {name: 'old', createdBy: 'test', expiresMs: Date.now() - 1};
    const expired = await api.registry.tokens.create('default', old, Date.now());
    for (const token of [deleted, expired]) await expectProblem(await ask(token), 401, 'IOT_UNAUTHENTICATED');
    const service = await api.client.createToken({name: 'app', topics: ['x/#']});
    await expectProblem(await ask(service), 403, 'IOT_FORBIDDEN');
  });

  it('anyone may ask whether it is there and what it can do', async () => {
    await using api = await startTestApi();
    expect(await (await fetch(`${api.url}/healthz`)).json()).toEqual({status: 'ok'});
    expect((await fetch(`${api.url}/v1/openapi.json`)).status).toBe(200);
  });

  const statusOf = async (api: StartedApi, headers: string): Promise<string> =>
    /^HTTP\/1\.1 (\d+)/.exec(await raw(api, get('/healthz', headers)))?.[1] ?? 'nothing';

  it.each(['127.0.0.1:PORT', 'localhost:PORT', 'LOCALHOST:PORT', '[::1]:PORT', '127.0.0.1', '127.8.8.8:1'])(
    'under the name %s',
    async host => {
      expect(await statusOf(api, `Host: ${host.replace('PORT', String(api.port))}\r\n`)).toBe('200');
    },
  );

  it.each([
    'evil.example:PORT',
    '127.0.0.1.evil.example:PORT',
    'localhost.evil.example',
    'evil.example@127.0.0.1:PORT',
    '192.168.1.7:PORT',
    '127.0.0.1:PORT/x',
    '127.evil',
    '',
  ])('not under the name %j, which a web page may have chosen', async host => {
    expect(await statusOf(api, `Host: ${host.replace('PORT', String(api.port))}\r\n`)).toBe('403');
  });

  it('for a whole network under any address, but under no foreign name', async () => {
    await using api = await startTestApi({}, {host: '0.0.0.0'});
    expect(await statusOf(api, 'Host: 192.168.1.7:8080\r\n')).toBe('200');
    expect(await statusOf(api, 'Host: evil.example:8080\r\n')).toBe('403');
  });

  it('not for the page of another origin, even with a token', async () => {
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1', 'file://']) {
      const answer = await api.request('/v1/status', {headers: {origin}});
      await expectProblem(answer, 403, 'IOT_HOST_REFUSED');
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
    const own = await api.request('/v1/status', {headers: {origin: api.url}});
    expect(own.status).toBe(200);
    const preflight = await api.request('/v1/status', {
      method: 'OPTIONS',
      headers: {origin: 'http://evil.example'},
    });
    expect(preflight.status).toBe(403);
  });
});

describe('what is hardly HTTP', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/9.9\r\n\r\n'],
    ['no Host', 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'],
    [
      'two lengths',
      'POST /v1/devices HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
    ],
    [
      'a length and chunks',
      'POST /v1/devices HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['NUL in a header', 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: \0\r\n\r\n'],
  ])('%s is refused, and the next one is served', async (_what, text) => {
    expect(await raw(api, text)).toMatch(/^HTTP\/1\.1 400 /);
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
    expect(api.bugs).toEqual([]);
  });

  it('a hundred at once are all answered', async () => {
    await using api = await startTestApi();
    const ids = Array.from({length: 100}, (_, index) => `lamp-${index}`);
    await Promise.all(ids.map(id => api.client.createDevice({id})));
    const same = await Promise.allSettled(ids.map(() => api.client.createDevice({id: 'one'})));
    expect(same.filter(({status}) => status === 'fulfilled')).toHaveLength(1);
    expect((await api.client.listDevices({limit: 500})).items).toHaveLength(101);
    expect(api.bugs).toEqual([]);
  });
});

it('tells nothing of an unexpected failure but the id under which the log has it', async () => {
  await using api = await startTestApi({
    status: () => Promise.reject(new Error('password=hunter2 at /home/someone')),
  });
  const answer = await api.request('/v1/status');
  const copy = answer.clone();
  await expectProblem(answer, 500, 'IOT_INTERNAL');
  const text = await copy.text();
  expect(text).not.toContain('hunter2');
  const {traceId} = JSON.parse(text) as {traceId: string};
  expect(api.bugs).toEqual([{message: 'password=hunter2 at /home/someone', traceId}]);
});
