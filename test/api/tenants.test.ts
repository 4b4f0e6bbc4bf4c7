import {expect, it} from 'vitest';
import {asCaller} from '../support/as-caller.js';
import {startTestApi} from '../support/start-api.js';

/** A tenant `acme`, asked as its administrator and as the platform's. */
async function withAcme(quotas: object = {}) {
  const api = await startTestApi();
  const platform = asCaller(api);
  const made = await platform('POST', '/v1/tenants', {id: 'acme', quotas, admin: 'first'});
  expect(made).toMatchObject({
    status: 201,
    body: {tenant: {id: 'acme', state: 'active'}, token: {name: 'first'}},
  });
  const acme = asCaller(api, made.body.token.secret);
  return {api, platform, acme, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]()};
}

it('a tenant’s administrator works in the tenant, and sees no other', async () => {
  await using started = await withAcme();
  const {platform, acme} = started;
  await platform('POST', '/v1/devices', {id: 'theirs'});
  expect((await acme('POST', '/v1/devices', {id: 'lamp-1'})).body.credential.username).toBe('lamp-1@acme');
  expect((await acme('GET', '/v1/devices')).body.items.map(({id}: {id: string}) => id)).toEqual(['lamp-1']);
  for (const [method, path] of [
    ['GET', '/v1/tenants'],
    ['GET', '/v1/status'],
    ['POST', '/v1/shutdown'],
  ] as const)
    expect((await acme(method, path)).status).toBe(403);
});

it('an administrator of the platform alone reads nothing of a tenant', async () => {
  await using started = await withAcme();
  const {api, platform} = started;
  const {body} = await platform('POST', '/v1/tokens', {name: 'ops', roles: [{role: 'platform-admin'}]});
  const ops = asCaller(api, body.secret);
  expect((await ops('GET', '/v1/tenants')).status).toBe(200);
  for (const path of ['/v1/devices', '/v1/events', '/v1/users', '/v1/audit', '/v1/tokens'])
    expect((await ops('GET', path)).status).toBe(403);
});

it('who breaks the glass is seen in both audit logs, and is out again after a while', async () => {
  await using started = await withAcme();
  const {api, platform, acme} = started;
  await acme('POST', '/v1/devices', {id: 'lamp-1'});
  const entered = await platform('POST', '/v1/tenants/acme/break-glass', {reason: 'ticket 7', minutes: 5});
  expect(entered).toMatchObject({status: 201, body: {kind: 'break-glass', tenant: 'acme'}});
  expect(Date.parse(entered.body.expiresAt) - Date.now()).toBeLessThanOrEqual(5 * 60_000);
  const inside = asCaller(api, entered.body.secret);
  expect((await inside('GET', '/v1/devices')).body.items).toHaveLength(1);
  expect((await inside('POST', '/v1/devices/lamp-1/retire')).status).toBe(403);
  const seen = (await acme('GET', '/v1/audit?action=tenant:enter')).body.items;
  expect(seen).toMatchObject([{reason: 'ticket 7', target: `token/${entered.body.name}`}]);
  expect((await platform('GET', '/v1/audit?platform=true&action=tenant:enter')).body.items).toHaveLength(1);
  const refused = (await acme('GET', '/v1/audit?outcome=denied')).body.items;
  expect(refused).toMatchObject([{actor: {name: entered.body.name}, action: 'device:retire'}]);
});

it('a suspended tenant is told why, and goes on when it is resumed', async () => {
  await using started = await withAcme();
  const {api, platform, acme} = started;
  const suspended = await platform('POST', '/v1/tenants/acme/suspend', {reason: 'invoice'});
  expect(suspended.body).toMatchObject({state: 'suspended', reason: 'invoice'});
  expect(api.news.at(-1)).toEqual({kind: 'tenant', change: {tenant: 'acme', usable: false}});
  expect(await acme('GET', '/v1/devices')).toMatchObject({
    status: 403,
    body: {code: 'IOT_TENANT_SUSPENDED', detail: 'tenant acme is suspended: invoice'},
  });
  await platform('POST', '/v1/tenants/acme/resume');
  expect((await acme('GET', '/v1/devices')).status).toBe(200);
  expect(await platform('POST', '/v1/tenants/default/suspend', {reason: 'oops'})).toMatchObject({
    status: 409,
  });
});

it('a quota is kept, shown with its use, and can be taken away', async () => {
  await using started = await withAcme({devices: 2, users: 1});
  const {platform, acme} = started;
  expect(
    (await acme('POST', '/v1/devices/batch', {devices: [{id: 'a'}, {id: 'b'}, {id: 'c'}]})).body.code,
  ).toBe('IOT_QUOTA_EXCEEDED');
  await acme('POST', '/v1/devices/batch', {devices: [{id: 'a'}, {id: 'b'}]});
  expect(await acme('POST', '/v1/devices', {id: 'c'})).toMatchObject({
    status: 409,
    body: {code: 'IOT_QUOTA_EXCEEDED'},
  });
  expect((await acme('GET', '/v1/quotas')).body).toMatchObject({
    quotas: {devices: 2},
    usage: {devices: 2, users: 0},
  });
  expect((await acme('PUT', '/v1/tenants/acme/quotas', {devices: null})).status).toBe(403);
  await platform('PUT', '/v1/tenants/acme/quotas', {devices: null});
  expect((await acme('POST', '/v1/devices', {id: 'c'})).status).toBe(201);
  await acme('POST', '/v1/users', {name: 'one'});
  expect((await acme('POST', '/v1/users', {name: 'two'})).body.code).toBe('IOT_QUOTA_EXCEEDED');
});

it('a deleted tenant is gone, but for its audit log, and its id is not given again', async () => {
  await using started = await withAcme();
  const {api, platform, acme} = started;
  await acme('POST', '/v1/devices', {id: 'lamp-1'});
  expect(await platform('DELETE', '/v1/tenants/acme')).toMatchObject({status: 409});
  await platform('POST', '/v1/tenants/acme/suspend', {reason: 'over'});
  expect((await platform('DELETE', '/v1/tenants/acme')).status).toBe(204);
  expect((await acme('GET', '/v1/me')).status).toBe(401);
  expect((await platform('GET', '/v1/tenants/acme')).status).toBe(404);
  expect((await platform('POST', '/v1/tenants', {id: 'acme'})).body.code).toBe('IOT_TENANT_EXISTS');
  expect((await api.registry.devices.list('acme', {limit: 10})).items).toEqual([]);
  expect((await api.registry.audit.verify('acme')).ok).toBe(true);
  expect((await api.registry.audit.list('acme', {limit: 10})).items.length).toBeGreaterThan(0);
});

it.each(['Acme', 'a', 'platform', 'a/b', '-a-', 'x'.repeat(64), ''])('%j is no id for a tenant', async id => {
  await using api = await startTestApi();
  expect((await asCaller(api)('POST', '/v1/tenants', {id})).body.code).toBe('IOT_TENANT_ID_INVALID');
});

it.each([
  ['2001:db8::5', '2001:db8::5/64'],
  ['2001:db8::/128', '2001:db8::/64'],
  ['2001:db8::/48', '2001:db8::/48'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['192.0.2.7', '192.0.2.7'],
])('a ban of %s is one of %s: of IPv6 a customer has a network', async (address, banned) => {
  await using made = await withAcme();
  const {status, body} = await made.platform('POST', '/v1/bans', {address, reason: 'noise'});
  expect({status, address: body.address}).toEqual({status: 201, address: banned});
});
