import {describe, expect, it} from 'vitest';
import {asCaller} from '../support/as-caller.js';
import {startTestApi} from '../support/start-api.js';

const PASSWORD = 'four words are enough';

/** A user `alice` who can log in, with these roles. */
async function withAlice(api: Awaited<ReturnType<typeof startTestApi>>, roles: object[]) {
  const admin = asCaller(api);
  const made = await admin('POST', '/v1/users', {name: 'alice', password: PASSWORD, roles});
  expect(made).toMatchObject({status: 201, body: {name: 'alice', state: 'active'}});
  const login = () =>
    asCaller(api, 'none')('POST', '/v1/login', {tenant: 'default', user: 'alice', password: PASSWORD});
  return {admin, login, alice: asCaller(api, (await login()).body.secret)};
}

describe('a person', () => {
  it('logs in with a password, and may do what the roles say', async () => {
    await using api = await startTestApi();
    const {alice} = await withAlice(api, [{role: 'viewer'}]);
    const {body: me} = await alice('GET', '/v1/me');
    expect(me).toMatchObject({tenant: 'default', subject: 'user:alice', user: 'alice', scopes: null});
    expect(me.permissions).toContain('device:read');
    expect(Date.parse(me.tokenExpiresAt) - Date.now()).toBeLessThanOrEqual(12 * 3_600_000);
    expect((await alice('GET', '/v1/devices')).status).toBe(200);
    expect((await alice('POST', '/v1/devices', {id: 'x'})).status).toBe(403);
    const {body: can} = await alice('GET', '/v1/auth/can-i?permission=device:create');
    expect(can).toEqual({allowed: false, by: null, reason: 'no role of this caller has device:create'});
  });

  it('who is unknown, disabled or wrong is refused with the same words', async () => {
    await using api = await startTestApi();
    const {admin} = await withAlice(api, []);
    await admin('POST', '/v1/users', {name: 'bob', password: PASSWORD});
    await admin('PATCH', '/v1/users/bob', {state: 'disabled'});
    await admin('POST', '/v1/users', {name: 'robot', kind: 'service'});
    const nobody = asCaller(api, 'none');
    const wrong = [
      {tenant: 'default', user: 'alice', password: 'wrong wrong wrong'},
      {tenant: 'default', user: 'bob', password: PASSWORD},
      {tenant: 'default', user: 'robot', password: ''},
      {tenant: 'default', user: 'nobody', password: PASSWORD},
      {tenant: 'nowhere', user: 'alice', password: PASSWORD},
    ];
    for (const login of wrong) {
      const {status, body} = await nobody('POST', '/v1/login', login);
      expect({status, detail: body.detail}).toEqual({status: 401, detail: 'wrong user name or password'});
    }
  });

  it('is held back after five wrong passwords from one address, with the time to wait', async () => {
    await using api = await startTestApi();
    await withAlice(api, []);
    const nobody = asCaller(api, 'none');
    const guess = {tenant: 'default', user: 'alice', password: 'not the right one'};
    const answers = await Promise.all(Array.from({length: 8}, () => nobody('POST', '/v1/login', guess)));
    expect(answers.map(({status}) => status).sort((a, b) => a - b)).toEqual([
      401, 401, 401, 401, 401, 429, 429, 429,
    ]);
    const held = await nobody('POST', '/v1/login', {...guess, password: PASSWORD});
    expect(held).toMatchObject({status: 429, body: {code: 'IOT_RATE_LIMITED'}});
    expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('who is disabled is cut off at once, and can come back', async () => {
    await using api = await startTestApi();
    const {admin, alice, login} = await withAlice(api, [{role: 'viewer'}]);
    await admin('PATCH', '/v1/users/alice', {state: 'disabled'});
    expect((await alice('GET', '/v1/devices')).status).toBe(401);
    expect(api.news.at(-1)).toMatchObject({kind: 'identity', change: {usable: false}});
    await admin('PATCH', '/v1/users/alice', {state: 'active'});
    expect((await login()).status).toBe(201);
  });

  it('changes the own password, and nobody’s else', async () => {
    await using api = await startTestApi();
    const {alice, admin} = await withAlice(api, []);
    const next = {old: PASSWORD, new: 'another four words'};
    expect((await alice('POST', '/v1/me/password', {...next, old: 'wrong wrong wrong'})).status).toBe(401);
    expect((await alice('POST', '/v1/me/password', {...next, new: 'short'})).body.code).toBe(
      'IOT_PASSWORD_WEAK',
    );
    expect((await alice('POST', '/v1/me/password', next)).status).toBe(204);
    expect((await admin('POST', '/v1/me/password', next)).status).toBe(403);
    const login = {tenant: 'default', user: 'alice', password: next.new};
    expect((await asCaller(api, 'none')('POST', '/v1/login', login)).status).toBe(201);
  });

  it('ends the own login without any role, and no token that was made by hand', async () => {
    await using api = await startTestApi();
    const {alice, admin} = await withAlice(api, []);
    expect(await alice('POST', '/v1/logout')).toMatchObject({status: 204});
    expect((await alice('GET', '/v1/me')).status).toBe(401);
    expect(await admin('POST', '/v1/logout')).toMatchObject({status: 409, body: {code: 'IOT_CONFLICT'}});
    expect((await admin('GET', '/v1/me')).status).toBe(200);
  });

  it('a new password ends the logins that the old one let in, but for the one that changes it', async () => {
    await using api = await startTestApi();
    const {alice, admin, login} = await withAlice(api, [{role: 'viewer'}]);
    const other = asCaller(api, (await login()).body.secret);
    const {body: kept} = await admin('POST', '/v1/tokens', {name: 'hers', user: 'alice'});
    const next = 'another four words';
    expect((await alice('POST', '/v1/me/password', {old: PASSWORD, new: next})).status).toBe(204);
    expect((await alice('GET', '/v1/me')).status).toBe(200);
    expect((await other('GET', '/v1/me')).status).toBe(401);
    await admin('PATCH', '/v1/users/alice', {password: 'set by somebody else'});
    expect((await alice('GET', '/v1/me')).status).toBe(401);
    expect((await asCaller(api, kept.secret)('GET', '/v1/me')).status).toBe(200);
  });

  it('who is deleted takes tokens and roles along', async () => {
    await using api = await startTestApi();
    const {admin, alice} = await withAlice(api, [{role: 'operator'}]);
    expect((await admin('DELETE', '/v1/users/alice')).status).toBe(204);
    expect((await alice('GET', '/v1/me')).status).toBe(401);
    expect((await admin('GET', '/v1/bindings?subject=user:alice')).body.items).toEqual([]);
    expect((await admin('GET', '/v1/users/alice')).status).toBe(404);
  });
});

describe('nobody gives more than they have', () => {
  it('a tenant’s administrator makes no administrator of the platform', async () => {
    await using api = await startTestApi();
    const {alice} = await withAlice(api, [{role: 'tenant-admin'}]);
    for (const [path, body] of [
      ['/v1/users', {name: 'eve', roles: [{role: 'platform-admin'}]}],
      ['/v1/tokens', {name: 'eve', roles: [{role: 'platform-admin'}]}],
      ['/v1/bindings', {subject: 'user:alice', role: 'platform-admin'}],
    ] as const) {
      expect(await alice('POST', path, body)).toMatchObject({status: 403, body: {code: 'IOT_FORBIDDEN'}});
    }
    expect((await alice('POST', '/v1/tokens', {name: 'ok', roles: [{role: 'operator'}]})).status).toBe(201);
  });

  it('a narrowed token makes no wider one, for its user neither', async () => {
    await using api = await startTestApi();
    const {admin} = await withAlice(api, [{role: 'tenant-admin'}]);
    const scopes = ['token:create', 'device:read'];
    const narrow = await admin('POST', '/v1/tokens', {name: 'narrow', user: 'alice', scopes});
    expect(narrow).toMatchObject({status: 201, body: {user: 'alice', scopes}});
    const caller = asCaller(api, narrow.body.secret);
    expect((await caller('GET', '/v1/devices')).status).toBe(200);
    expect((await caller('GET', '/v1/users')).status).toBe(403);
    for (const wanted of [
      {name: 'wide', user: 'alice'},
      {name: 'wide', user: 'alice', scopes: ['user:read']},
      {name: 'wide', roles: [{role: 'viewer'}]},
    ]) {
      expect(await caller('POST', '/v1/tokens', wanted)).toMatchObject({status: 403});
    }
  });

  it('the last administrator stays', async () => {
    await using api = await startTestApi();
    const admin = asCaller(api);
    expect(await admin('DELETE', '/v1/tokens/admin')).toMatchObject({
      status: 409,
      body: {code: 'IOT_LAST_ADMIN'},
    });
    const {
      body: {items},
    } = await admin('GET', '/v1/bindings?subject=token:admin');
    for (const {id} of items)
      expect(await admin('DELETE', `/v1/bindings/${id}`)).toMatchObject({body: {code: 'IOT_LAST_ADMIN'}});
    await admin('POST', '/v1/users', {
      name: 'heir',
      roles: [{role: 'tenant-admin'}, {role: 'platform-admin'}],
    });
    expect((await admin('DELETE', '/v1/tokens/admin')).status).toBe(204);
  });
});

describe('a selector', () => {
  it('limits what is seen and done to the devices that it chooses', async () => {
    await using api = await startTestApi();
    const {admin, alice} = await withAlice(api, [{role: 'operator', selector: 'customer=acme'}]);
    for (const [id, customer] of [
      ['a1', 'acme'],
      ['a2', 'acme'],
      ['b1', 'other'],
    ])
      await admin('POST', '/v1/devices', {id, labels: {customer}});
    const {body} = await alice('GET', '/v1/devices');
    expect(body.items.map(({id}: {id: string}) => id)).toEqual(['a1', 'a2']);
    const missing = await alice('GET', '/v1/devices/nothing');
    const hidden = await alice('GET', '/v1/devices/b1');
    expect({...hidden.body, detail: hidden.body.detail.replace('b1', 'nothing'), traceId: ''}).toEqual({
      ...missing.body,
      traceId: '',
    });
    expect((await alice('POST', '/v1/devices/a1/commands', {name: 'blink'})).status).toBe(201);
    expect((await alice('POST', '/v1/devices/b1/commands', {name: 'blink'})).status).toBe(404);
    const sent = await admin('POST', '/v1/devices/b1/commands', {name: 'blink'});
    expect((await alice('GET', `/v1/commands/${sent.body.id}`)).status).toBe(404);
    expect((await alice('POST', `/v1/commands/${sent.body.id}/cancel`)).status).toBe(404);
    // What is about the tenant as a whole is not given by a selector.
    const {body: can} = await alice('GET', '/v1/auth/can-i?permission=command:send&device=b1');
    expect(can.allowed).toBe(false);
  });

  it('lets its administrator make only devices that it chooses', async () => {
    await using api = await startTestApi();
    const {alice} = await withAlice(api, [{role: 'tenant-admin', selector: 'site=oslo'}]);
    expect((await alice('POST', '/v1/devices', {id: 'in', labels: {site: 'oslo'}})).status).toBe(201);
    const out = {
      devices: [
        {id: 'in2', labels: {site: 'oslo'}},
        {id: 'out', labels: {site: 'bergen'}},
      ],
    };
    expect(await alice('POST', '/v1/devices/batch', out)).toMatchObject({status: 403});
    expect((await alice('GET', '/v1/devices')).body.items).toHaveLength(1);
    expect((await alice('POST', '/v1/users', {name: 'eve'})).status).toBe(403);
  });
});

it('a technician issues credentials to devices that never had one, and to no other', async () => {
  await using api = await startTestApi();
  const {admin, alice} = await withAlice(api, [{role: 'technician'}]);
  await admin('POST', '/v1/devices', {id: 'new', credential: 'none'});
  await admin('POST', '/v1/devices', {id: 'old'});
  const issued = await alice('POST', '/v1/devices/new/credentials', {kind: 'secret'});
  expect(issued).toMatchObject({status: 201, body: {username: 'new@default'}});
  expect(issued.body.secret).toHaveLength(43);
  for (const id of ['new', 'old'])
    expect(await alice('POST', `/v1/devices/${id}/credentials`, {kind: 'secret'})).toMatchObject({
      status: 403,
    });
});
