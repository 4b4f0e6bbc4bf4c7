/** Codes of claims under attack, and as they are meant to be used. */
import {describe, expect, it} from 'vitest';
import {newClaimCode} from '../../src/domain/claim-code.js';
import {secretMatches} from '../../src/domain/credential.js';
import type {Role} from '../../src/domain/permission.js';
import {createCertificateRequest} from '../../src/pki/request.js';
import {asCaller} from '../support/as-caller.js';
import {asNewDevice} from '../support/as-new-device.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

const NONCE = 'a nonce of my own choice';

/** An API whose clock only moves when it is told to. */
async function startWithClock() {
  const time = {nowMs: Date.now()};
  const api = await startTestApi({}, {clock: () => time.nowMs});
  return Object.assign(api, {
    wait(ms: number) {
      time.nowMs += ms;
    },
  });
}

const redeem = (api: StartedApi, body: object, options: {from?: string} = {}) =>
  asNewDevice(api, '/v1/provision/claim', body, options);

async function as(api: StartedApi, role: Role, selector: string | null = null, tenant = 'default') {
  const wanted = {name: `t${Math.random().toString(36).slice(2)}`, createdBy: 'test'};
  const made = await api.registry.tokens.create(tenant, {...wanted, roles: [{role, selector}]}, Date.now());
  return asCaller(api, made.secret);
}

const eventsOf = async ({registry}: StartedApi) => (await registry.outbox.next(1000)).map(({event}) => event);

describe('redeeming', () => {
  it('gives a secret that works, and makes the device that was asked for', async () => {
    await using api = await startTestApi();
    const ask = await as(api, 'technician');
    const claim = await ask('POST', '/v1/claims', {model: 'thermostat', labels: {site: 'oslo'}});
    expect(claim.status).toBe(201);
    expect(claim.body).toMatchObject({state: 'open', device: null, model: 'thermostat', redeemedAt: null});
    const code: string = claim.body.code;
    expect(claim.body.uri).toBe(`iotctl://claim?h=127.0.0.1:${api.port}&t=default&c=${code}`);

    const {status, body} = await redeem(api, {code: code.toLowerCase(), serial: 'A 4711', hardwareId: 'mac'});
    expect(status).toBe(200);
    expect(body).toMatchObject({
      device: 'thermostat-A-4711',
      tenant: 'default',
      username: 'thermostat-A-4711@default',
      mqttUrls: ['mqtt://127.0.0.1:1883'],
    });
    const identity = await api.registry.identities.device('default', body.device);
    const [credential] = identity!.credentials;
    expect(credential!.kind === 'secret' && secretMatches(body.secret, credential!)).toBe(true);
    expect(await api.client.getDevice(body.device)).toMatchObject({
      lifecycle: 'provisioned',
      model: 'thermostat',
      labels: {site: 'oslo'},
      metadata: {serial: 'A 4711', hardwareId: 'mac'},
      generation: body.generation,
    });
    expect((await ask('GET', `/v1/claims/${claim.body.id}`)).body).toMatchObject({
      state: 'redeemed',
      device: body.device,
      redeemedFrom: '127.0.0.1',
    });
    const types = (await eventsOf(api)).map(({type}) => type);
    expect(types).toEqual(['claim.created', 'device.created', 'device.state_changed', 'claim.redeemed']);
    const {items} = await api.registry.audit.list('default', {limit: 10});
    expect(items.map(({action, actor}) => [action, actor.name])).toContainEqual([
      'claim:redeem',
      'thermostat-A-4711',
    ]);
    expect(JSON.stringify([items, await eventsOf(api)])).not.toContain(code);
  });

  it('signs the key of the device, which stays where it is', async () => {
    await using api = await startTestApi();
    const claim = await api.client.claims.create({device: 'pump-7'});
    const {requestPem: csr} = await createCertificateRequest({device: 'whatever-it-calls-itself'});
    const {status, body} = await redeem(api, {code: claim.code, csr});
    expect(status).toBe(200);
    expect(body.secret).toBeUndefined();
    expect(body.chain).toContain(body.certificate);
    const {X509Certificate} = await import('node:crypto');
    const {subject, subjectAltName, raw} = new X509Certificate(body.certificate);
    expect(subject).toContain('CN=pump-7');
    expect(subjectAltName).toBe(`URI:urn:iotctl:default:pump-7:${body.generation}`);
    expect(await api.admin.certificates.identify(raw)).toMatchObject({device: 'pump-7'});
  });

  it('offers a device that is there, and takes the offer back when nobody came', async () => {
    await using api = await startWithClock();
    const lifecycle = async () => (await api.client.getDevice('pump-1')).lifecycle;
    await api.client.createDevice({id: 'pump-1', credential: 'none', labels: {site: 'oslo'}});
    const first = await api.client.claims.create({device: 'pump-1'});
    const second = await api.client.claims.create({device: 'pump-1', ttlSec: 3600});
    expect(first.labels).toEqual({site: 'oslo'});
    expect(await lifecycle()).toBe('claimable');
    await api.client.claims.step('withdraw', first.id);
    expect(await lifecycle()).toBe('claimable');
    api.wait(3600_000);
    expect((await api.client.claims.get(second.id)).state).toBe('expired');
    await api.admin.work();
    expect(await lifecycle()).toBe('registered');
    expect((await eventsOf(api)).map(({type}) => type)).toContain('claim.expired');
  });
});

describe('who attacks codes', () => {
  it('with a hundred guesses at once is limited, and burns nobody’s code', async () => {
    await using api = await startWithClock();
    const claim = await api.client.claims.create({});
    const guesses = Array.from({length: 100}, () => redeem(api, {code: newClaimCode()}, {from: '127.0.0.2'}));
    const counts = new Map<number, number>();
    for (const {status} of await Promise.all(guesses)) counts.set(status, (counts.get(status) ?? 0) + 1);
    expect(counts).toEqual(
      new Map([
        [404, 5],
        [429, 95],
      ]),
    );
    // Even with the right code now, and only from there.
    const held = await redeem(api, {code: claim.code}, {from: '127.0.0.2'});
    expect(held).toMatchObject({status: 429, body: {code: 'IOT_RATE_LIMITED'}, retryAfter: '60'});
    expect(await redeem(api, {code: claim.code}, {from: '127.0.0.3'})).toMatchObject({status: 200});
  });

  it('waits twice as long after each further guess', async () => {
    await using api = await startWithClock();
    const guess = () => redeem(api, {code: newClaimCode()}, {from: '127.0.0.4'});
    for (let count = 0; count < 5; count++) expect((await guess()).status).toBe(404);
    expect(await guess()).toMatchObject({status: 429, retryAfter: '60'});
    api.wait(60_000);
    expect((await guess()).status).toBe(404);
    expect(await guess()).toMatchObject({status: 429, retryAfter: '120'});
  });

  it('from many addresses raises an alarm', async () => {
    await using api = await startWithClock();
    for (let host = 10; host < 40; host++)
      await redeem(api, {code: newClaimCode()}, {from: `127.0.0.${host}`});
    const events = await eventsOf(api);
    expect(events.filter(({type}) => type === 'security.claim_bruteforce')).toMatchObject([
      {tenant: '', data: {refusals: 20, withinSec: 60}},
    ]);
    expect(events.filter(({type}) => type === 'claim.refused')).toMatchObject([{data: {count: 1}}]);
    api.wait(60_000);
    await api.admin.work();
    expect((await eventsOf(api)).filter(({type}) => type === 'claim.refused')).toMatchObject([
      {data: {count: 1}},
      {data: {count: 29, address: null, reason: 'IOT_CLAIM_UNKNOWN'}},
    ]);
  });

  it('with a wrong check symbol has mistyped, which is no attempt', async () => {
    await using api = await startTestApi();
    const {code} = await api.client.claims.create({});
    const wrong = code.slice(0, -1) + (code.endsWith('0') ? '1' : '0');
    for (let count = 0; count < 20; count++)
      expect(await redeem(api, {code: wrong})).toMatchObject({
        status: 400,
        body: {code: 'IOT_CLAIM_CODE_INVALID'},
      });
    expect((await redeem(api, {code})).status).toBe(200);
  });

  it('as two who redeem one code at once: exactly one has it', async () => {
    await using api = await startTestApi();
    const {code} = await api.client.claims.create({model: 'pump'});
    const answers = await Promise.all(
      Array.from({length: 20}, (_, index) =>
        redeem(api, {code, serial: `s${index}`, nonce: `${NONCE} ${index}`}, {from: `127.0.1.${index + 1}`}),
      ),
    );
    expect(answers.filter(({status}) => status === 200)).toHaveLength(1);
    expect(answers.filter(({status}) => status === 410)).toHaveLength(19);
    expect((await api.client.listDevices()).items).toHaveLength(1);
  });

  it('with a code that was used, ended, was taken back, or is another tenant’s', async () => {
    await using api = await startWithClock();
    const make = () => api.client.claims.create({});
    const [used, late, gone] = [await make(), await make(), await make()];
    await redeem(api, {code: used.code});
    await api.client.claims.step('withdraw', gone.id);
    expect(await redeem(api, {code: used.code})).toMatchObject({status: 410, body: {code: 'IOT_CLAIM_USED'}});
    expect(await redeem(api, {code: gone.code})).toMatchObject({
      status: 410,
      body: {code: 'IOT_CLAIM_WITHDRAWN'},
    });
    const foreign = await redeem(api, {code: late.code, tenant: 'acme'});
    const missing = await redeem(api, {code: newClaimCode(), tenant: 'acme'});
    expect(foreign).toMatchObject({status: 404, body: {code: 'IOT_CLAIM_UNKNOWN'}});
    expect({...foreign.body, traceId: ''}).toEqual({...missing.body, traceId: ''});
    api.wait(15 * 60_000);
    expect(await redeem(api, {code: late.code})).toMatchObject({
      status: 410,
      body: {code: 'IOT_CLAIM_EXPIRED'},
    });
    // None of these made anything.
    expect((await api.client.listDevices()).items).toHaveLength(1);
  });

  it('with a right code and the wrong serial number learns nothing, and does not use it up', async () => {
    await using api = await startTestApi();
    const {code} = await api.client.claims.create({serial: 'A4711'});
    for (const serial of ['A4712', undefined, ''.padEnd(128, 'A')]) {
      const {status, body} = await redeem(api, {code, serial}, {from: '127.0.0.5'});
      expect([status, body.code]).toEqual([403, 'IOT_CLAIM_REFUSED']);
      expect(JSON.stringify(body)).not.toContain('A4711');
    }
    expect((await redeem(api, {code, serial: 'A4711'})).status).toBe(200);
  });

  it('on a device that has an owner is refused until the owner lets go of it', async () => {
    await using api = await startTestApi();
    const technician = await as(api, 'technician');
    await redeem(api, {code: (await api.client.claims.create({model: 'pump'})).code, serial: '1'});
    const again = await redeem(api, {
      code: (await api.client.claims.create({model: 'pump'})).code,
      serial: '1',
    });
    expect(again).toMatchObject({status: 409, body: {code: 'IOT_DEVICE_OWNED'}});
    expect(await technician('POST', '/v1/claims', {device: 'pump-1'})).toMatchObject({
      status: 409,
      body: {code: 'IOT_DEVICE_OWNED'},
    });
    expect((await technician('POST', '/v1/devices/pump-1/disown', {})).status).toBe(403);
    expect((await api.client.lives.step('disown', 'pump-1', {reason: 'sold'})).lifecycle).toBe('registered');
    expect(api.news.filter(({change}) => 'usable' in change && change.usable === false)).toMatchObject([
      {change: {name: 'pump-1'}},
    ]);
    expect((await api.client.credentials.list('pump-1')).items).toEqual([]);
    const {code} = await api.client.claims.create({device: 'pump-1'});
    expect((await redeem(api, {code})).status).toBe(200);
  });

  it('cannot use a code for a device that was made again since', async () => {
    await using api = await startTestApi();
    await api.client.createDevice({id: 'pump-1', credential: 'none'});
    const {code} = await api.client.claims.create({device: 'pump-1'});
    await api.client.deleteDevice('pump-1', {force: true});
    await api.client.createDevice({id: 'pump-1', credential: 'none'});
    expect(await redeem(api, {code})).toMatchObject({status: 403, body: {code: 'IOT_CLAIM_REFUSED'}});
  });

  it('cannot name itself as a device that others’ codes are for', async () => {
    await using api = await startTestApi();
    const oslo = await as(api, 'technician', 'site=oslo');
    await api.client.createDevice({
      id: 'pump-1',
      model: 'pump',
      credential: 'none',
      labels: {site: 'bergen'},
    });
    const {body} = await oslo('POST', '/v1/claims', {model: 'pump', labels: {site: 'oslo'}});
    expect(await redeem(api, {code: body.code, serial: '1'})).toMatchObject({
      status: 409,
      body: {code: 'IOT_DEVICE_EXISTS'},
    });
    expect((await redeem(api, {code: body.code, serial: '2'})).status).toBe(200);
  });
});

describe('a device whose answer was lost', () => {
  it('gets another while nobody has used what it got, by its nonce', async () => {
    await using api = await startWithClock();
    const {code} = await api.client.claims.create({});
    const first = await redeem(api, {code, nonce: NONCE});
    const second = await redeem(api, {code, nonce: NONCE});
    expect(second).toMatchObject({status: 200, body: {device: first.body.device}});
    expect(second.body.secret).not.toBe(first.body.secret);
    expect((await api.client.credentials.list(first.body.device)).items).toHaveLength(1);
    expect((await redeem(api, {code, nonce: `${NONCE} not`})).status).toBe(410);
    expect((await redeem(api, {code})).status).toBe(410);
    const [{id} = {id: ''}] = (await api.client.credentials.list(first.body.device)).items;
    await api.registry.credentials.used([{credentialId: id, atMs: 1, address: '127.0.0.1'}]);
    expect((await redeem(api, {code, nonce: NONCE})).status).toBe(410);
  });

  it('gets another by its key, and none once the time is over', async () => {
    await using api = await startWithClock();
    const {code} = await api.client.claims.create({});
    const [{requestPem: csr}, {requestPem: other}] = await Promise.all([
      createCertificateRequest({device: 'x'}),
      createCertificateRequest({device: 'x'}),
    ]);
    const first = await redeem(api, {code, csr});
    const second = await redeem(api, {code, csr});
    expect([first.status, second.status]).toEqual([200, 200]);
    const {X509Certificate} = await import('node:crypto');
    const lost = new X509Certificate(first.body.certificate).raw;
    await expect(api.admin.certificates.identify(lost)).rejects.toThrow('revoked');
    expect((await redeem(api, {code, csr: other})).status).toBe(410);
    api.wait(15 * 60_000);
    expect((await redeem(api, {code, csr})).status).toBe(410);
  });
});

describe('a second person', () => {
  it('agrees before the device gets anything, and cannot be the one who made the code', async () => {
    await using api = await startTestApi();
    const technician = await as(api, 'technician');
    const operator = await as(api, 'operator');
    const claim = (await technician('POST', '/v1/claims', {model: 'pump', approval: true})).body;
    expect((await operator('POST', `/v1/claims/${claim.id}/approve`)).status).toBe(409);
    const waiting = await redeem(api, {code: claim.code, serial: '1', nonce: NONCE});
    expect(waiting).toMatchObject({status: 202, body: {retryAfterSec: 5}, retryAfter: '5'});
    expect((await redeem(api, {code: claim.code, serial: '2'})).status).toBe(410);
    const {operationId, operationToken: token} = waiting.body;
    const poll = (shown = token) =>
      asNewDevice(api, `/v1/provision/operations/${operationId}`, undefined, {token: shown});
    expect((await poll()).status).toBe(202);
    expect((await poll('x'.repeat(43))).status).toBe(404);
    expect((await technician('POST', `/v1/claims/${claim.id}/approve`)).status).toBe(403);
    expect((await operator('POST', `/v1/claims/${claim.id}/approve`)).body).toMatchObject({state: 'pending'});
    // What was agreed to counts, whatever is said later.
    expect(await redeem(api, {code: claim.code, serial: '3', nonce: NONCE})).toMatchObject({
      status: 200,
      body: {device: 'pump-1'},
    });
    expect(await poll()).toMatchObject({status: 200, body: {device: 'pump-1'}});

    const own = await api.client.claims.create({approval: true});
    await redeem(api, {code: own.code});
    await expect(api.client.claims.step('approve', own.id)).rejects.toMatchObject({code: 'IOT_FORBIDDEN'});
  });

  it('may refuse', async () => {
    await using api = await startTestApi();
    const {id, code} = await api.client.claims.create({approval: true});
    await redeem(api, {code, nonce: NONCE});
    expect(await api.client.claims.step('deny', id)).toMatchObject({state: 'denied'});
    expect(await redeem(api, {code, nonce: NONCE})).toMatchObject({
      status: 403,
      body: {code: 'IOT_CLAIM_DENIED'},
    });
  });
});

it('a technician makes, sees and ends codes for what their selector chooses, and nothing else', async () => {
  await using api = await startTestApi();
  const oslo = await as(api, 'technician', 'site=oslo');
  const bergen = await as(api, 'technician', 'site=bergen');
  expect((await oslo('POST', '/v1/claims', {})).status).toBe(403);
  expect((await oslo('POST', '/v1/claims', {labels: {site: 'bergen'}})).status).toBe(403);
  const {body} = await oslo('POST', '/v1/claims', {labels: {site: 'oslo'}});
  await api.client.createDevice({id: 'pump-1', credential: 'none', labels: {site: 'bergen'}});
  const hidden = await oslo('POST', '/v1/claims', {device: 'pump-1'});
  expect([hidden.status, hidden.body.code]).toEqual([404, 'IOT_DEVICE_UNKNOWN']);
  expect((await bergen('GET', '/v1/claims')).body.items).toEqual([]);
  expect((await oslo('GET', '/v1/claims')).body.items).toMatchObject([{id: body.id}]);
  expect((await bergen('POST', `/v1/claims/${body.id}/withdraw`)).status).toBe(404);
  expect((await oslo('POST', `/v1/claims/${body.id}/withdraw`)).body.state).toBe('withdrawn');
  expect((await oslo('POST', `/v1/claims/${body.id}/withdraw`)).status).toBe(409);
});
