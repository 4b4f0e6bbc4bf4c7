import {expect, it} from 'vitest';
import {secretMatches} from '../../src/domain/credential.js';
import {derivedKey} from '../../src/domain/device-token.js';
import {passwordMatches} from '../../src/domain/password.js';
import {asCaller} from '../support/as-caller.js';
import {startTestApi} from '../support/start-api.js';

async function withDevice(body: object = {}) {
  const api = await startTestApi();
  const admin = asCaller(api);
  const made = await admin('POST', '/v1/devices', {id: 'pump-7', ...body});
  const stored = async () => (await api.registry.identities.device('default', 'pump-7'))!.credentials;
  return {api, admin, made, stored, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]()};
}

it('a secret is in the answer that made it, and nowhere else', async () => {
  await using started = await withDevice();
  const {api, admin, made, stored} = started;
  const {secret} = made.body.credential;
  const [kept] = await stored();
  expect(kept?.kind === 'secret' && secretMatches(secret, kept)).toBe(true);
  const texts = [
    JSON.stringify(await stored()),
    ...(await Promise.all(
      [
        '/v1/devices/pump-7',
        '/v1/devices',
        '/v1/devices/pump-7/credentials',
        '/v1/audit',
        '/v1/audit/export',
      ].map(async path => JSON.stringify((await admin('GET', path)).body)),
    )),
  ];
  for (const text of texts) expect(text).not.toContain(secret);
  expect(JSON.stringify(api.news)).not.toContain(secret);
});

it('rotates: the old one works until the grace is over, the new one from now on', async () => {
  await using started = await withDevice();
  const {admin, made, stored} = started;
  const rotated = await admin('POST', '/v1/devices/pump-7/rotate', {graceMs: 60_000});
  expect(rotated).toMatchObject({status: 201, body: {username: 'pump-7@default'}});
  const [old, fresh] = await stored();
  expect(old?.kind === 'secret' && secretMatches(made.body.credential.secret, old)).toBe(true);
  expect(fresh?.kind === 'secret' && secretMatches(rotated.body.secret, fresh)).toBe(true);
  expect(old!.notAfterMs - Date.now()).toBeGreaterThan(50_000);
  expect(old!.notAfterMs - Date.now()).toBeLessThanOrEqual(60_000);
  expect(fresh!.notAfterMs).toBe(Number.MAX_SAFE_INTEGER);
  expect(rotated.body.replaced).toMatchObject([{id: old!.id}]);
});

it('a revoked one is gone at once, and whoever came with it is cut off', async () => {
  await using started = await withDevice();
  const {api, admin, stored} = started;
  const [{id}] = (await admin('GET', '/v1/devices/pump-7/credentials')).body.items;
  expect((await admin('DELETE', `/v1/devices/pump-7/credentials/${id}`)).status).toBe(204);
  expect(await stored()).toEqual([]);
  expect(api.news.at(-1)).toEqual({
    kind: 'identity',
    change: {tenant: 'default', name: 'pump-7', usable: false},
  });
  expect(await admin('DELETE', `/v1/devices/pump-7/credentials/${id}`)).toMatchObject({
    status: 404,
    body: {code: 'IOT_CREDENTIAL_UNKNOWN'},
  });
});

it('a password is kept as scrypt, and has to be a good one', async () => {
  await using started = await withDevice({credential: 'password', password: 'four words are enough'});
  const {admin, stored} = started;
  const [kept] = await stored();
  expect(kept?.kind === 'password' && (await passwordMatches('four words are enough', kept.password))).toBe(
    true,
  );
  expect(kept?.kind === 'password' && kept.password).toMatchObject({n: 2 ** 15, r: 8, p: 1});
  for (const password of ['short', 'aaaaaaaaaaaaaaaa', 'my pump-7 password', 'x'.repeat(257)]) {
    const answer = await admin('POST', '/v1/devices/pump-7/credentials', {kind: 'password', password});
    expect(answer.status, password).toBe(400);
  }
});

it('a key of its own, and one derived from a group’s, are what the gateway will check signatures with', async () => {
  await using started = await withDevice({credential: 'token'});
  const {api, admin, made, stored} = started;
  const {key, keyId} = made.body.credential;
  expect(await stored()).toMatchObject([{kind: 'token', id: keyId, keyBase64: key}]);
  const group = await admin('POST', '/v1/group-keys', {name: 'factory'});
  expect(group.status).toBe(201);
  expect(JSON.stringify((await admin('GET', '/v1/group-keys')).body)).not.toContain(group.body.key);
  const {groupKeys} = (await api.registry.identities.device('default', 'pump-7'))!;
  expect(groupKeys).toEqual([{name: 'factory', keyBase64: group.body.key}]);
  const derived = derivedKey(Buffer.from(group.body.key, 'base64'), 'default', 'pump-7');
  expect(derived).not.toEqual(derivedKey(Buffer.from(group.body.key, 'base64'), 'default', 'pump-8'));
  expect((await admin('DELETE', '/v1/group-keys/factory')).status).toBe(204);
  expect((await api.registry.identities.device('default', 'pump-7'))!.groupKeys).toEqual([]);
});

it('has a time of validity that makes sense, and there are not too many', async () => {
  await using started = await withDevice();
  const {admin} = started;
  const past = new Date(Date.now() - 1000).toISOString();
  const path = '/v1/devices/pump-7/credentials';
  expect((await admin('POST', path, {kind: 'secret', notAfter: past})).status).toBe(400);
  const later = new Date(Date.now() + 60_000).toISOString();
  const soon = new Date(Date.now() + 30_000).toISOString();
  expect((await admin('POST', path, {kind: 'secret', notBefore: later, notAfter: soon})).status).toBe(400);
  for (let made = 1; made < 10; made++)
    expect((await admin('POST', path, {kind: 'secret'})).status).toBe(201);
  expect(await admin('POST', path, {kind: 'secret'})).toMatchObject({
    status: 409,
    body: {code: 'IOT_CONFLICT'},
  });
});

it('none is left of a retired device, and none can be given to it', async () => {
  await using started = await withDevice();
  const {admin, stored} = started;
  await admin('POST', '/v1/devices/pump-7/retire');
  expect(await stored()).toEqual([]);
  for (const verb of ['credentials', 'rotate'])
    expect(await admin('POST', `/v1/devices/pump-7/${verb}`, {kind: 'secret'})).toMatchObject({status: 409});
});
