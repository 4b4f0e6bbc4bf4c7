import {describe, expect, it} from 'vitest';
import {asCaller} from '../support/as-caller.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

const DESIRED = '/v1/devices/lamp/twin/desired';

const start = async () => {
  const api = await startTestApi();
  await asCaller(api)('POST', '/v1/devices', {id: 'lamp'});
  return api;
};

const send = async (
  api: StartedApi,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
) => {
  const answer = await api.request(path, {
    method,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: {'content-type': 'application/merge-patch+json', ...headers},
  });
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every route
  return {status: answer.status, etag: answer.headers.get('etag'), body: (await answer.json()) as any};
};

it('a device of which nobody said anything has a blank twin, and no row', async () => {
  await using api = await start();
  const ask = asCaller(api);
  expect(await ask('GET', '/v1/devices/lamp/twin')).toMatchObject({
    status: 200,
    body: {desired: {version: 0, properties: {}}, state: 'in-sync', stateSince: null, acknowledged: null},
  });
  expect(await ask('GET', '/v1/devices/nobody/twin')).toMatchObject({
    status: 404,
    body: {code: 'IOT_DEVICE_UNKNOWN'},
  });
});

it('a merge patch changes some, a replacement all, and each version is one more', async () => {
  await using api = await start();
  const first = await send(api, 'PATCH', DESIRED, {interval: 30, door: {locked: true}});
  expect([first.status, first.etag]).toEqual([200, '"1.0.0"']);
  const second = await send(api, 'PATCH', DESIRED, {interval: null, door: {open: false}});
  expect(second.body.desired).toMatchObject({version: 2, properties: {door: {locked: true, open: false}}});
  // Nothing changes: no version, no event.
  expect((await send(api, 'PATCH', DESIRED, {door: {open: false}, none: null})).etag).toBe('"2.0.0"');
  const third = await send(
    api,
    'PUT',
    DESIRED,
    {mode: 'eco', gone: null},
    {'content-type': 'application/json'},
  );
  expect(third.body).toMatchObject({
    desired: {version: 3, properties: {mode: 'eco'}, own: {mode: 'eco'}},
    delta: {mode: 'eco'},
    state: 'pending',
  });
  const tags = await send(api, 'PATCH', '/v1/devices/lamp/twin/tags', {owner: 'ann'});
  expect([tags.etag, tags.body.tags.properties]).toEqual(['"3.1.0"', {owner: 'ann'}]);
  // The device is told of what is desired, never of tags.
  const patches = api.news.filter(({kind}) => kind === 'twins').flatMap(({change}) => change);
  expect(patches).toMatchObject([
    {from: 0, to: 1},
    {from: 1, to: 2, patch: '{"interval":null,"door":{"open":false}}'},
    {from: 2, to: 3},
  ]);
  expect((await api.registry.outbox.next(99)).map(({event}) => event).slice(1)).toMatchObject([
    {type: 'twin.desired_changed', data: {from: 0, version: 1, by: 'token:admin'}},
    {data: {version: 2, patch: {interval: null, door: {open: false}}}},
    {data: {version: 3}},
  ]);
  const {items} = await api.registry.audit.list('default', {limit: 10, action: 'twin:update'});
  expect(items.map(({target}) => target)).toContain('device/lamp/twin/tags');
});

describe('If-Match', () => {
  it('refuses a change of what somebody else changed meanwhile, and says what they did', async () => {
    await using api = await start();
    await send(api, 'PATCH', DESIRED, {interval: 30});
    await send(api, 'PATCH', DESIRED, {mode: 'eco'});
    const stale = await send(api, 'PUT', DESIRED, {interval: 5}, {'if-match': '"1"'});
    expect(stale).toMatchObject({status: 412, body: {code: 'IOT_TWIN_CHANGED'}});
    expect(stale.body.detail).toMatch(
      /desired of lamp is at version 2, not 1: since then changed: mode by token:admin at 20/,
    );
    expect((await send(api, 'PATCH', DESIRED, {mode: null}, {'if-match': '"7"'})).body.detail).toContain(
      'it never had that one',
    );
    expect((await send(api, 'PATCH', DESIRED, {mode: null}, {'if-match': '"2"'})).status).toBe(200);
    expect((await send(api, 'PATCH', DESIRED, {a: 1}, {'if-match': '"2"'})).body.detail).toContain(
      'something was taken away',
    );
  });

  it('takes the twin’s own ETag, of which only the changed part counts', async () => {
    await using api = await start();
    const {etag} = await send(api, 'PATCH', DESIRED, {interval: 30});
    await send(api, 'PATCH', '/v1/devices/lamp/twin/tags', {owner: 'ann'});
    expect((await send(api, 'PATCH', DESIRED, {a: 1}, {'if-match': etag!})).status).toBe(200);
    expect((await send(api, 'PATCH', DESIRED, {a: 2}, {'if-match': '*'})).status).toBe(200);
    for (const wrong of ['3', 'W/"3"', '"x"', '"1.2"', '"1","2"'])
      expect((await send(api, 'PATCH', DESIRED, {a: 3}, {'if-match': wrong})).status, wrong).toBe(400);
  });

  it('lets one of many at once through', async () => {
    await using api = await start();
    const answers = await Promise.all(
      Array.from({length: 10}, (_, n) => send(api, 'PATCH', DESIRED, {n}, {'if-match': '"0"'})),
    );
    expect(answers.filter(({status}) => status === 200)).toHaveLength(1);
    expect(answers.filter(({status}) => status === 412)).toHaveLength(9);
  });
});

it.each([
  ['{"a.b":1}', 400, 'IOT_TWIN_LIMIT'],
  ['{"a":{"$b":null}}', 400, 'IOT_TWIN_LIMIT'],
  [JSON.stringify({a: 'x'.repeat(33_000)}), 400, 'IOT_TWIN_LIMIT'],
  [`${'{"a":'.repeat(11)}1${'}'.repeat(11)}`, 400, 'IOT_TWIN_LIMIT'],
  [`{"a":"${'x'.repeat(300_000)}"}`, 413, 'IOT_PAYLOAD_TOO_LARGE'],
  ['{"__proto__":{"x":1}}', 400, 'IOT_REQUEST_INVALID'],
  ['[1]', 400, 'IOT_REQUEST_INVALID'],
  ['5', 400, 'IOT_REQUEST_INVALID'],
  ['null', 400, 'IOT_REQUEST_INVALID'],
  ['{"a":', 400, 'IOT_REQUEST_INVALID'],
  ['', 400, 'IOT_REQUEST_INVALID'],
])('%.40s is refused with %i %s', async (body, status, code) => {
  await using api = await start();
  expect(await send(api, 'PATCH', DESIRED, body)).toMatchObject({status, body: {code}});
});

it('a described model says what can be desired', async () => {
  await using api = await start();
  const ask = asCaller(api);
  const properties = {interval: {type: 'integer', max: 60, writable: true}, serial: {type: 'string'}};
  await ask('POST', '/v1/models', {model: 'lamp', version: 1, properties});
  await send(api, 'PATCH', DESIRED, {anything: 1});
  await ask('PATCH', '/v1/devices/lamp', {model: 'lamp'});
  const refused = await send(api, 'PATCH', DESIRED, {interval: 90});
  expect(refused).toMatchObject({status: 400, body: {code: 'IOT_TWIN_PROPERTY'}});
  expect(refused.body.detail).toBe('lamp is of model lamp@1: property interval is not between -∞ and 60');
  expect((await send(api, 'PATCH', DESIRED, {interval: 30, anything: null})).status).toBe(200);
  // Tags are nobody's properties.
  expect((await send(api, 'PATCH', '/v1/devices/lamp/twin/tags', {colour: 'red'})).status).toBe(200);
});

it('a retired device keeps its twin as it is, a purged one has none, a new one of its name begins anew', async () => {
  await using api = await start();
  const ask = asCaller(api);
  await send(api, 'PATCH', DESIRED, {interval: 30});
  await ask('POST', '/v1/devices/lamp/retire', {reason: 'old'});
  expect(await send(api, 'PATCH', DESIRED, {interval: 40})).toMatchObject({
    status: 409,
    body: {code: 'IOT_DEVICE_RETIRED'},
  });
  expect((await ask('GET', '/v1/devices/lamp/twin')).body.desired.version).toBe(1);
  await ask('POST', '/v1/devices/lamp/purge', {reason: 'asked for'});
  expect((await ask('GET', '/v1/devices/lamp/twin')).body.desired.version).toBe(0);
  await ask('POST', '/v1/devices', {id: 'lamp-2'});
  await send(api, 'PATCH', '/v1/devices/lamp-2/twin/desired', {interval: 30});
  await ask('DELETE', '/v1/devices/lamp-2?force=true');
  await ask('POST', '/v1/devices', {id: 'lamp-2'});
  expect((await ask('GET', '/v1/devices/lamp-2/twin')).body.desired).toMatchObject({
    version: 0,
    properties: {},
  });
});
