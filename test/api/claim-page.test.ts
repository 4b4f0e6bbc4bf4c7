/** What the technician's page is made of, as it is served; what it does is tried in a browser (test/e2e/claim-page.test.ts). */
import {request} from 'node:http';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {asCaller} from '../support/as-caller.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

let api: StartedApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const FILES = ['', '/page.css', '/main.js', '/icon.svg', '/encode-qr.js'];

const get = (path: string, headers: Record<string, string> = {}) =>
  new Promise<{status: number; text: string}>((resolve, reject) => {
    const sent = request(`${api.url}`, {path, headers}, answer => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.on('end', () => resolve({status: answer.statusCode!, text}));
    });
    sent.on('error', reject).end();
  });

describe('the page', () => {
  it('is there for everybody, with nothing allowed that it does not need', async () => {
    for (const file of FILES) {
      const answer = await fetch(`${api.url}/claim${file}`);
      expect({file, status: answer.status}).toEqual({file, status: 200});
      const policy = answer.headers.get('content-security-policy')!;
      expect(policy).toContain(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:",
      );
      expect(policy).not.toMatch(/unsafe|http|\*/);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'cache-control': 'no-cache',
      });
    }
  });

  it('comes from nowhere else', async () => {
    const index = await (await fetch(`${api.url}/claim`)).text();
    const named = [...index.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
    expect(named.length).toBeGreaterThan(3);
    for (const address of named) {
      expect(address).toMatch(/^\/claim\//);
      expect((await fetch(`${api.url}${address}`)).status).toBe(200);
    }
    expect(index).not.toMatch(/<script(?![^>]*src=)|\son\w+=|style=/);
  });

  it('travels once for each version', async () => {
    const etag = (await fetch(`${api.url}/claim/main.js`)).headers.get('etag')!;
    const again = await fetch(`${api.url}/claim/main.js`, {headers: {'if-none-match': etag}});
    expect({status: again.status, text: await again.text()}).toEqual({status: 304, text: ''});
    const other = await fetch(`${api.url}/claim/main.js`, {headers: {'if-none-match': '"other"'}});
    expect(other.status).toBe(200);
  });

  it.each([
    '/claim/',
    '/claim/none.js',
    '/claim/..%2f..%2fpackage.json',
    '/claim/%2e%2e',
    '/claim/main.js/x',
  ])('has nothing at %s', async path => {
    expect(await get(path)).toMatchObject({status: 404});
  });

  it('is not shown under another name', async () => {
    expect(await get('/claim', {host: 'evil.example'})).toMatchObject({
      status: 403,
      text: expect.stringContaining('IOT_HOST_REFUSED') as string,
    });
  });
});

describe('what a claim may be for', () => {
  beforeAll(async () => {
    await api.client.models.apply({model: 'lamp', version: 1, description: 'Lights a street'});
    for (const version of [1, 2]) await api.client.models.apply({model: 'pump', version});
  });

  it('is any model in its newest version, and any place, for whom nothing limits', async () => {
    const {body} = await asCaller(api)('GET', '/v1/claim-choices');
    expect(body).toEqual({
      models: [
        {name: 'lamp', version: 1, description: 'Lights a street'},
        {name: 'pump', version: 2, description: null},
      ],
      places: null,
    });
  });

  it.each([
    ['site=oslo,floor=2', ['lamp', 'pump'], {labels: {site: 'oslo', floor: '2'}, model: null}],
    ['model=pump,site=oslo', ['pump'], {labels: {site: 'oslo'}, model: 'pump'}],
  ])('is what %s chooses, for whom it limits', async (selector, models, place) => {
    const roles = [{role: 'technician' as const, selector}];
    const {secret} = await api.client.createToken({name: `of-${models.length}`, roles});
    const {body} = await asCaller(api, secret)('GET', '/v1/claim-choices');
    expect(body.models.map(({name}: {name: string}) => name)).toEqual(models);
    expect(body.places).toEqual([{selector, ...place}]);
  });
});
