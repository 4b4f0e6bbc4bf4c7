/** The HTTP API from outside: who is let in, what is refused, and in which words. */

import {once} from 'node:events';
import {request} from 'node:http';
import {connect} from 'node:net';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {isErrorCode} from '../../src/domain/errors.js';
import {until} from '../support/deadline.js';
import {startPlatform} from '../support/start-platform.js';

let platform: Awaited<ReturnType<typeof startPlatform>>;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
});

/** Later than the five seconds that a reader is given: nothing announces that they are over to one that does not read. */
const READS_AGAIN_MS = 7000;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: {code?: string; traceId?: string; detail?: string; offset?: number};
}

/** `node:http` rather than fetch, which would not let a test choose `Host`. */
function ask(
  path: string,
  options: {method?: string; headers?: Record<string, string>; body?: string | Buffer} = {},
) {
  return new Promise<Answer>((resolve, reject) => {
    const {method = 'GET', headers = {}, body} = options;
    const sent = request(new URL(platform.address.apiUrl), {method, path, headers}, answer => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.on('end', () => {
        const type = answer.headers['content-type'] ?? '';
        resolve({
          status: answer.statusCode!,
          type,
          body: type.includes('json') ? (JSON.parse(text) as Answer['body']) : {},
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function bearer(): Promise<Record<string, string>> {
  const {secret} = await platform.api.createToken({
    name: `t${Math.random().toString(36).slice(2)}`,
    roles: [{role: 'tenant-admin'}],
  });
  return {authorization: `Bearer ${secret}`};
}

function expectProblem({status, type, body}: Answer, wanted: number, code?: string): void {
  expect({status, type}).toEqual({status: wanted, type: expect.stringContaining('problem+json') as string});
  expect(isErrorCode(body.code!)).toBe(true);
  expect(body.traceId).toBeTruthy();
  if (code !== undefined) expect(body.code).toBe(code);
}

describe('the API', () => {
  it('lets nobody in without a token, or with a wrong one, or with one that is not for it', async () => {
    expectProblem(await ask('/v1/devices'), 401, 'IOT_UNAUTHENTICATED');
    expectProblem(await ask('/v1/devices', {headers: {authorization: 'Bearer iotctl_pat_x'}}), 401);
    const {secret} = await platform.api.createToken({name: 'app', topics: ['x/#']});
    expectProblem(
      await ask('/v1/status', {headers: {authorization: `Bearer ${secret}`}}),
      403,
      'IOT_FORBIDDEN',
    );
  });

  it('answers health and its description to anyone on this machine', async () => {
    expect((await ask('/healthz')).status).toBe(200);
    expect((await ask('/v1/openapi.json')).status).toBe(200);
  });

  it.each([
    {host: 'evil.example'},
    {host: 'localhost.evil.example:8080'},
    {origin: 'http://evil.example'},
    {origin: 'null'},
  ])('is not driven by a foreign web page (%j)', async headers => {
    expectProblem(await ask('/healthz', {headers}), 403, 'IOT_HOST_REFUSED');
  });

  it.each([
    ['/v1/nothing', {}, 404],
    ['/v1/devices/no%2Fslash', {}, 404],
    ['/v1/devices/..%2f..%2fetc', {}, 404],
    ['/v1/devices/a%0d%0ab', {}, 404],
    ['/v1/devices?limit=many', {}, 400],
    ['/v1/devices?selector=nonsense', {}, 400],
    ['/v1/devices', {method: 'POST', body: '{"id":'}, 400],
    ['/v1/devices', {method: 'POST', body: '{"id":7}'}, 400],
    ['/v1/devices', {method: 'POST', body: '{"id":"a","labels":{"__proto__x":{}}}'}, 400],
    ['/v1/devices', {method: 'POST', body: '{"id":"a b"}'}, 400],
    ['/v1/devices', {method: 'POST', body: `${'['.repeat(100_000)}`}, 400],
    ['/v1/devices', {method: 'POST', body: `{"id":"${'x'.repeat(10_000_000)}"}`}, 413],
    ['/v1/devices/nobody/commands', {method: 'POST', body: '{"name":"reboot"}'}, 404],
    ['/v1/commands/0190', {}, 404],
    ['/v1/tokens', {method: 'POST', body: '{"name":"t","kind":"service","topics":["d/#"]}'}, 400],
    ['/v1/query', {method: 'POST', body: '{"sql":"ATTACH \':memory:\'"}'}, 403],
    ['/v1/events?since=whenever', {}, 400],
  ])('refuses %s with a coded problem', async (path, options, status) => {
    const headers = {...(await bearer()), 'content-type': 'application/json'};
    const answer = await ask(path, {...options, headers}).catch((error: NodeJS.ErrnoException) => error.code);
    // A server may end the connection while a body that is far too large still comes.
    if (status === 413 && typeof answer === 'string') expect(['EPIPE', 'ECONNRESET']).toContain(answer);
    else expectProblem(answer as Answer, status);
    expect((await ask('/healthz')).status).toBe(200);
  });
});

describe('a device by HTTP', () => {
  const basic = ({username, password}: {username: string; password: string}) => ({
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  });
  const post = (id: string, headers: Record<string, string>, body: string | Buffer) =>
    ask(`/v1/devices/${id}/telemetry`, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...headers},
      body,
    });

  it('is answered with the offset at which its event is on disk, and is stored', async () => {
    const login = await platform.device('http-1');
    const {status, body} = await post('http-1', basic(login), '{"temperature":21.5}');
    expect(status).toBe(202);
    const sql = `SELECT device, value FROM readings WHERE "offset" = ${body.offset}`;
    await until(async () => (await platform.api.query({sql})).rows.length === 1, 'the reading');
    expect((await platform.api.query({sql})).rows).toEqual([['http-1', 21.5]]);
  });

  it('has what is no JSON kept as it came', async () => {
    const login = await platform.device('http-2');
    expect((await post('http-2', basic(login), Buffer.from([0xff, 0]))).status).toBe(202);
    const found = async () =>
      (await platform.api.events({type: 'undecodable', device: 'http-2', last: 1})).items;
    await until(async () => (await found()).length === 1, 'the event');
    expect((await found())[0]).toMatchObject({data_base64: '/wA=', reason: 'not UTF-8'});
  });

  it('is refused with a wrong secret, as another device, when it is retired, and when it says too much', async () => {
    const login = await platform.device('http-3');
    expectProblem(
      await post('http-3', basic({...login, password: 'wrong'}), '{}'),
      401,
      'IOT_UNAUTHENTICATED',
    );
    expectProblem(await post('http-3', {}, '{}'), 401);
    expectProblem(await post('http-1', basic(login), '{}'), 404, 'IOT_DEVICE_UNKNOWN');
    expectProblem(
      await post('http-3', basic(login), Buffer.alloc(257 * 1024, 0x20)),
      413,
      'IOT_PAYLOAD_TOO_LARGE',
    );
    await platform.api.lives.step('retire', 'http-3');
    expectProblem(await post('http-3', basic(login), '{}'), 401);
  });
});

describe('the live stream', () => {
  it('cuts off a reader that does not read, and names the offset to resume from', async () => {
    const login = await platform.device('http-4');
    const socket = connect(platform.address.ports.api, '127.0.0.1');
    await once(socket, 'connect');
    const {authorization} = await bearer();
    socket.write(
      `GET /v1/events/tail?device=http-4 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${authorization}\r\n\r\n`,
    );
    await once(socket, 'data');
    socket.pause();
    const body = JSON.stringify({text: 'x'.repeat(200_000)});
    const headers = {
      authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`,
    };
    for (let index = 0; index < 80; index++) {
      expect((await ask('/v1/devices/http-4/telemetry', {method: 'POST', headers, body})).status).toBe(202);
    }
    let text = '';
    const ended = once(socket, 'close');
    setTimeout(() => {
      socket.on('data', (chunk: Buffer) => {
        text = (text + chunk.toString()).slice(-500);
      });
      socket.resume();
    }, READS_AGAIN_MS);
    await ended;
    expect(text).toContain('event: error');
    expect(text).toMatch(/resume after offset \d+/);
  });
});
