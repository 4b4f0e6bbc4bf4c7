import {readFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {afterEach, beforeAll, expect, it} from 'vitest';
import {CONSUMERS_MAX, DEFAULT_PACE} from '../../src/domain/consumer.js';
import type {Permission} from '../../src/domain/permission.js';
import {sampleEvent} from '../stream/sample-events.js';
import {asCaller} from '../support/as-caller.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

const file = (name: string) => ({name, target: {kind: 'file'}}) as const;
const webhook = (url: string, more: object = {}) =>
  ({name: 'a', target: {kind: 'webhook', url, ...more}}) as const;

let api: StartedApi;

beforeAll(async () => {
  api = await startTestApi();
  return async () => await api[Symbol.asyncDispose]();
});

afterEach(async () => {
  for (const {name} of (await api.client.consumers.list()).items) await api.client.consumers.remove(name);
});

it('refuses what makes no sense, before anything is begun', async () => {
  const {consumers} = api.client;
  for (const name of ['', 'A', 'a b', '-a', 'a'.repeat(65), '../x'])
    await expect(consumers.create(file(name)), name).rejects.toMatchObject({code: 'IOT_REQUEST_INVALID'});
  for (const url of ['', 'example.com', 'ftp://example.com', 'https://', 'https://me:secret@example.com'])
    await expect(consumers.create(webhook(url)), url).rejects.toMatchObject({code: 'IOT_REQUEST_INVALID'});
  await expect(consumers.create({...file('a'), filter: {where: 'x >'}})).rejects.toMatchObject({
    code: 'IOT_EXPRESSION_INVALID',
  });
  await expect(consumers.create({...file('a'), filter: {selector: 'oslo'}})).rejects.toThrow('key=value');
  await expect(consumers.create({...file('a'), from: '1'})).rejects.toThrow('offset 1 is still to come');
  await expect(consumers.create({...file('a'), from: 'soon'})).rejects.toMatchObject({
    code: 'IOT_TIME_INVALID',
  });
  await expect(
    consumers.create({...webhook('https://example.com'), secret: {signingSecret: 'whsec_short'}}),
  ).rejects.toThrow('24 to 64 bytes');
  await consumers.create(file('a'));
  await expect(consumers.create(file('a'))).rejects.toMatchObject({code: 'IOT_CONFLICT'});
  expect((await consumers.list()).items).toHaveLength(1);
});

it('begins where it says', async () => {
  const {consumers} = api.client;
  const atMs = Date.parse('2026-01-31T12:00:00Z');
  api.events.append(...[0, 1, 2, 3].map(index => sampleEvent({recordedMs: atMs + index})));
  api.events.store();
  const offsets = async (from: string) =>
    (await consumers.create({...file(`f-${from.length}`), from})).consumer.offset;
  expect(await offsets('now')).toBe(3);
  expect(await offsets('beginning')).toBe(-1);
  expect(await offsets('2')).toBe(1);
  expect(await offsets('2026-01-31T12:00:00.003Z')).toBe(2);
});

it('shows no secret, in no answer, no event and no record', async () => {
  const secrets = ['sesame-url', 'c2VzYW1lLXNpZ25pbmctc2VjcmV0LXNlc2FtZQ==', 'Bearer sesame-header'];
  const [query, signing, authorization] = secrets;
  await api.client.consumers.create({
    ...webhook(`https://example.com/hook?token=${query}`),
    secret: {signingSecret: `whsec_${signing}`, authorization: authorization!},
  });
  const shown = [
    JSON.stringify(await api.client.consumers.list()),
    JSON.stringify(await api.client.consumers.get('a')),
    JSON.stringify(await api.registry.outbox.next(10)),
    await (await api.request('/v1/audit?limit=10')).text(),
  ];
  for (const text of shown) for (const secret of secrets) expect(text).not.toContain(secret);
  expect(shown[1]).toContain('https://example.com/hook?…');
  // Nor does a copy of the database alone.
  const folder = dirname(api.filesFolder);
  const database = await readFile(`${folder}/registry.db`);
  const log = await readFile(`${folder}/registry.db-wal`).catch(() => Buffer.alloc(0));
  for (const secret of secrets) expect(Buffer.concat([database, log]).includes(secret)).toBe(false);
});

it('lets an administrator of the platform alone reach into its network, and start commands where that is allowed', async () => {
  await using open = await startTestApi({}, {allowExec: true});
  const exec = {name: 'run', target: {kind: 'exec', command: 'cat'}} as const;
  for (const url of ['http://127.0.0.1:1/x', 'http://[::1]/', 'http://10.0.0.1/', 'http://169.254.169.254/'])
    await expect(api.client.consumers.create(webhook(url)), url).rejects.toMatchObject({
      code: 'IOT_ADDRESS_PRIVATE',
    });
  await expect(api.client.consumers.create(exec)).rejects.toMatchObject({code: 'IOT_EXEC_REFUSED'});
  await open.client.consumers.create(exec);
  const roles = [{role: 'tenant-admin', selector: null}] as const;
  const {secret} = await open.registry.tokens.create(
    'default',
    {name: 'own', createdBy: 'test', roles},
    Date.now(),
  );
  const as = asCaller(open, secret);
  expect((await as('POST', '/v1/consumers', {...exec, name: 'b'})).body.code).toBe('IOT_FORBIDDEN');
  const reaching = webhook('http://127.0.0.1:1/x', {allowPrivate: true});
  expect((await as('POST', '/v1/consumers', reaching)).body.code).toBe('IOT_FORBIDDEN');
  expect((await as('POST', '/v1/consumers', file('c'))).status).toBe(201);
});

it('sends nobody more than who made it may read', async () => {
  const scopes: Permission[] = ['consumer:create', 'consumer:read'];
  const token = {
    name: 'narrow',
    createdBy: 'test',
    roles: [{role: 'tenant-admin', selector: null}] as const,
    scopes,
  };
  const {secret} = await api.registry.tokens.create('default', token, Date.now());
  const as = asCaller(api, secret);
  expect((await as('POST', '/v1/consumers', file('a'))).body.code).toBe('IOT_FORBIDDEN');
  await api.client.consumers.create(file('a'));
  expect((await as('GET', '/v1/consumers/a')).status).toBe(200);
  expect((await as('GET', '/v1/consumers/a/dead-letters')).body.code).toBe('IOT_FORBIDDEN');
});

it('has room for so many, and another tenant for its own of the same name', async () => {
  const by = {createdBy: 'test', nowMs: Date.now()};
  const wanted = {
    target: {kind: 'file', rotateBytes: 1, rotateMs: 1},
    secret: {},
    filter: {},
    pace: DEFAULT_PACE,
    offset: -1,
  } as const;
  for (let index = 0; index < CONSUMERS_MAX; index++)
    await api.registry.consumers.create('default', {...wanted, name: `c-${index}`}, by);
  await expect(api.client.consumers.create(file('more'))).rejects.toMatchObject({code: 'IOT_CONFLICT'});
  await api.registry.tenants.create('other', {}, by.nowMs);
  await api.registry.consumers.create('other', {...wanted, name: 'c-0'}, by);
  await api.client.consumers.remove('c-0');
  expect(await api.registry.consumers.list('other')).toHaveLength(1);
  expect((await api.registry.consumers.running()).filter(({tenant}) => tenant === 'other')).toHaveLength(1);
  await api.registry.tenants.suspend('other', 'test', by.nowMs);
  expect((await api.registry.consumers.running()).filter(({tenant}) => tenant === 'other')).toEqual([]);
});
