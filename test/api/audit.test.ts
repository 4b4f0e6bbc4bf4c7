import {expect, it} from 'vitest';
import {verifyExport} from '../../src/audit/export.js';
import {digestOf} from '../../src/audit/record.js';
import {asCaller} from '../support/as-caller.js';
import {startTestApi} from '../support/start-api.js';

it('tells of each change who, with what, from where, what, and how it was before and after', async () => {
  await using api = await startTestApi();
  const admin = asCaller(api);
  const {body: made} = await admin('POST', '/v1/devices', {id: 'pump-7'});
  const retired = await admin('POST', '/v1/devices/pump-7/retire');
  const [record] = (await admin('GET', '/v1/audit?action=device:retire')).body.items;
  expect(record).toMatchObject({
    tenant: 'default',
    actor: {kind: 'token', name: 'admin', tokenId: 'admin', address: '127.0.0.1'},
    action: 'device:retire',
    target: 'device/pump-7',
    outcome: 'allowed',
    before: digestOf(made.device),
    after: digestOf(retired.body),
  });
  expect(record.traceId).toMatch(/^[\da-f-]{36}$/);
});

it('tells of what was refused and of what failed, with the reason', async () => {
  await using api = await startTestApi();
  const admin = asCaller(api);
  const {body} = await admin('POST', '/v1/tokens', {name: 'reader', roles: [{role: 'viewer'}]});
  await asCaller(api, body.secret)('POST', '/v1/devices', {id: 'x'});
  await admin('POST', '/v1/devices', {id: 'x'});
  await admin('POST', '/v1/devices', {id: 'x'});
  const {items} = (await admin('GET', '/v1/audit?action=device:create&order=oldest')).body;
  expect(
    items.map(({outcome, reason}: {outcome: string; reason: string}) => [outcome, reason?.split(':')[0]]),
  ).toEqual([
    ['denied', 'IOT_FORBIDDEN'],
    ['allowed', undefined],
    ['error', 'IOT_DEVICE_EXISTS'],
  ]);
});

it('is whole, says so, and can be verified elsewhere', async () => {
  await using api = await startTestApi();
  const admin = asCaller(api);
  for (let index = 0; index < 5; index++) await admin('POST', '/v1/devices', {id: `d${index}`});
  expect((await admin('GET', '/v1/audit/verify')).body).toMatchObject({ok: true, records: 5, lastSeq: 5});
  const lines = ((await admin('GET', '/v1/audit/export')).body as string).trim().split('\n');
  expect(await verifyExport(lines)).toMatchObject({ok: true, records: 5, checkpointed: 5});
  const tampered = lines.map(line => line.replace('device/d2', 'device/d9'));
  expect(await verifyExport(tampered)).toMatchObject({ok: false, seq: 3, fault: 'changed'});
});

it('does not grow with a flood of wrong tokens, and counts it', async () => {
  await using api = await startTestApi();
  const stranger = asCaller(api, 'iotctl_pat_wrong');
  const answers = await Promise.all(Array.from({length: 150}, () => stranger('GET', '/v1/devices')));
  expect(answers.filter(({status}) => status === 401)).toHaveLength(100);
  expect(answers.filter(({status, headers}) => status === 429 && headers.has('retry-after'))).toHaveLength(
    50,
  );
  // Whoever is right is let in, whatever others at the same address do.
  expect((await asCaller(api)('GET', '/v1/devices')).status).toBe(200);
  const {items} = (await asCaller(api)('GET', '/v1/audit?platform=true&action=device:read')).body;
  expect(items).toMatchObject([
    {outcome: 'denied', actor: {kind: 'anonymous', address: '127.0.0.1'}, count: 1},
  ]);
});

it('of the platform needs more than the right to read a log', async () => {
  await using api = await startTestApi();
  const admin = asCaller(api);
  const {body} = await admin('POST', '/v1/tokens', {name: 'auditor', roles: [{role: 'auditor'}]});
  const auditor = asCaller(api, body.secret);
  expect((await auditor('GET', '/v1/audit')).status).toBe(200);
  for (const path of ['/v1/audit', '/v1/audit/verify', '/v1/audit/export'])
    expect((await auditor('GET', `${path}?platform=true`)).status).toBe(403);
});

it('holds no secret of what it tells about', async () => {
  await using api = await startTestApi();
  const admin = asCaller(api);
  const canary = 'canary words in a row';
  await admin('POST', '/v1/users', {name: 'alice', password: canary});
  const secrets = [
    (await admin('POST', '/v1/login', {tenant: 'default', user: 'alice', password: canary})).body.secret,
    (await admin('POST', '/v1/devices', {id: 'd'})).body.credential.secret,
    (await admin('POST', '/v1/tokens', {name: 't', topics: ['x/#']})).body.secret,
    (await admin('POST', '/v1/group-keys', {name: 'g'})).body.key,
    canary,
    api.token,
  ];
  const {body} = await admin('GET', '/v1/audit/export');
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(10);
    expect(body).not.toContain(secret);
  }
});
