/** Devices that register themselves through a group, with a key, or a certificate, that shows that they belong to it. */
import {createHmac, X509Certificate} from 'node:crypto';
import {writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {execa} from 'execa';
import {describe, expect, it} from 'vitest';
import {askWebhook} from '../../src/admin/approval-webhook.js';
import type {WantedGroup} from '../../src/client/enrolment-api.js';
import {secretMatches} from '../../src/domain/credential.js';
import {derivedKey, signDeviceToken} from '../../src/domain/device-token.js';
import {isPublicAddress} from '../../src/domain/public-address.js';
import {createCertificateRequest} from '../../src/pki/request.js';
import {asNewDevice} from '../support/as-new-device.js';
import {makeAuthorities, makeAuthorityBelow, makeOddCertificate} from '../support/certificates.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {ORIGIN} from '../support/two-tenants.js';

const REGISTER = '/v1/provision/register';

interface Shown {
  readonly tenant?: string;
  readonly group?: string;
  readonly nowMs?: number;
  readonly lifeSec?: number;
}

/** As the device signs it, which holds only the key that was derived for it. */
function tokenOf(
  groupKey: string,
  device: string,
  {tenant = 'default', group = 'line-7', nowMs = Date.now(), lifeSec = 600}: Shown = {},
): string {
  const key = derivedKey(Buffer.from(groupKey, 'base64'), tenant, device);
  const expiresSec = Math.floor(nowMs / 1000) + lifeSec;
  return signDeviceToken({tenant, device, expiresSec, keyId: `enroll:${group}`, key});
}

const groupIn = async ({client}: StartedApi, wanted: Partial<WantedGroup> = {}) => {
  const {key = ''} = await client.enrolment.create({name: 'line-7', ...wanted});
  return {
    key,
    register: (to: StartedApi, device: string, more: object = {}, shown: Shown = {}) =>
      asNewDevice(to, REGISTER, {token: tokenOf(key, device, shown), ...more}),
  };
};

/** Does that secret let the device in? */
async function letsIn({registry}: StartedApi, device: string, secret: string): Promise<boolean> {
  const identity = await registry.identities.device('default', device);
  return identity!.credentials.some(kept => kept.kind === 'secret' && secretMatches(secret, kept));
}

const typesOf = async ({registry}: StartedApi) =>
  (await registry.outbox.next(1000)).map(({event}) => event.type);

describe('a group with a key', () => {
  it('lets in whoever holds a key that was derived from it, and nobody learns that key', async () => {
    await using api = await startTestApi();
    const {key, register} = await groupIn(api, {model: 'pump', labels: {line: '7'}});
    const {status, body} = await register(api, 'pump-12', {serial: 'A4711'});
    expect(status).toBe(200);
    expect(body).toMatchObject({device: 'pump-12', tenant: 'default', username: 'pump-12@default'});
    expect(await letsIn(api, 'pump-12', body.secret)).toBe(true);
    expect(await api.client.getDevice('pump-12')).toMatchObject({
      lifecycle: 'provisioned',
      model: 'pump',
      labels: {line: '7'},
      metadata: {serial: 'A4711'},
    });
    expect(await api.client.enrolment.group('line-7')).toMatchObject({registered: 1, waiting: 0});
    const {items: audit} = await api.registry.audit.list('default', {limit: 50});
    const seen = [await api.client.enrolment.groups(), await api.client.groupKeys.list(), audit];
    const derived = derivedKey(Buffer.from(key, 'base64'), 'default', 'pump-12').toString('base64');
    for (const secret of [key, derived, body.secret]) expect(JSON.stringify(seen)).not.toContain(secret);
  });

  it('lets nobody log in with its keys: they are for registering', async () => {
    await using api = await startTestApi();
    const {register} = await groupIn(api);
    await register(api, 'pump-12');
    expect((await api.registry.identities.device('default', 'pump-12'))!.groupKeys).toEqual([]);
    await expect(api.client.groupKeys.remove('line-7')).rejects.toMatchObject({code: 'IOT_NOT_FOUND'});
  });

  it('signs the key that a device made', async () => {
    await using api = await startTestApi();
    const {register} = await groupIn(api);
    const {requestPem: csr} = await createCertificateRequest({device: 'pump-12'});
    const {body} = await register(api, 'pump-12', {csr});
    expect(body.secret).toBeUndefined();
    const {raw} = new X509Certificate(body.certificate);
    expect(await api.admin.certificates.identify(raw)).toMatchObject({device: 'pump-12'});
  });

  it('answers everything that proves nothing in the same words, and counts it', async () => {
    await using api = await startTestApi();
    const {key} = await groupIn(api);
    const other = Buffer.alloc(32, 7).toString('base64');
    const proofs = [
      tokenOf(other, 'pump-1'),
      tokenOf(key, 'pump-1', {group: 'line-8'}),
      tokenOf(key, 'pump-1', {tenant: 'acme'}),
      tokenOf(key, 'pump-1', {lifeSec: -400}),
      tokenOf(key, 'pump-1', {lifeSec: 90_000}),
      tokenOf(key, 'pump-1').replace('pump-1', 'pump-2'),
      // The key of the group itself is no device's.
      signDeviceToken({
        tenant: 'default',
        device: 'pump-1',
        expiresSec: Math.floor(Date.now() / 1000) + 60,
        keyId: 'enroll:line-7',
        key: Buffer.from(key, 'base64'),
      }),
      'sr=&se=&kid=&sig=',
    ];
    const texts = new Set<string>();
    for (const [index, token] of proofs.entries()) {
      const answer = await asNewDevice(api, REGISTER, {token}, {from: `127.0.0.${index + 2}`});
      expect(answer.status).toBe(401);
      texts.add(answer.body.detail);
    }
    expect(texts.size).toBe(1);
    for (let count = 0; count < 5; count++)
      await asNewDevice(api, REGISTER, {token: tokenOf(other, 'pump-9')}, {from: '127.0.0.30'});
    const held = await asNewDevice(api, REGISTER, {token: tokenOf(key, 'pump-9')}, {from: '127.0.0.30'});
    expect(held).toMatchObject({status: 429, retryAfter: '60'});
    // Another device behind the same address is not held back.
    const good = await asNewDevice(api, REGISTER, {token: tokenOf(key, 'pump-10')}, {from: '127.0.0.30'});
    expect(good.status).toBe(200);
  });

  it('that is disabled, and a device that is denied anywhere, let nobody in', async () => {
    await using api = await startTestApi();
    const {register} = await groupIn(api);
    await api.client.enrolment.create({name: 'other'});
    await api.client.enrolment.deny('other', 'pump-1', 'stolen');
    expect(await register(api, 'pump-1')).toMatchObject({status: 403, body: {code: 'IOT_ENROLMENT_DENIED'}});
    await api.client.enrolment.approve('other', 'pump-1');
    expect((await register(api, 'pump-1')).status).toBe(200);
    await api.client.enrolment.setState('line-7', 'disable');
    expect((await register(api, 'pump-2')).status).toBe(403);
    await api.client.enrolment.setState('line-7', 'enable');
    expect((await register(api, 'pump-2')).status).toBe(200);
    await api.client.enrolment.remove('line-7');
    expect((await register(api, 'pump-3')).status).toBe(401);
  });

  it('takes no device that somebody else has, and none of another kind', async () => {
    await using api = await startTestApi();
    const {register} = await groupIn(api, {model: 'pump'});
    await api.client.createDevice({id: 'owned', model: 'pump'});
    await api.client.createDevice({id: 'lamp-1', model: 'lamp', credential: 'none'});
    await api.client.createDevice({
      id: 'prepared',
      model: 'pump',
      credential: 'none',
      labels: {site: 'oslo'},
    });
    expect(await register(api, 'owned')).toMatchObject({status: 409, body: {code: 'IOT_DEVICE_OWNED'}});
    expect(await register(api, 'lamp-1')).toMatchObject({status: 409, body: {code: 'IOT_DEVICE_EXISTS'}});
    expect((await register(api, 'prepared')).status).toBe(200);
    expect((await api.client.getDevice('prepared')).labels).toEqual({site: 'oslo'});
  });

  it('tells a fleet that is switched on at once to come again at times that differ', async () => {
    const nowMs = Date.now();
    await using api = await startTestApi({}, {clock: () => nowMs});
    const {key} = await groupIn(api);
    const answers = [];
    for (let batch = 0; batch < 11; batch++)
      answers.push(
        ...(await Promise.all(
          Array.from({length: 20}, (_, index) => {
            const token = tokenOf(key, `pump-${batch}-${index}`);
            return asNewDevice(api, REGISTER, {token}, {from: `127.0.${batch}.1`});
          }),
        )),
      );
    const late = answers.filter(({status}) => status === 429);
    expect(answers.filter(({status}) => status === 200)).toHaveLength(200);
    expect(late).toHaveLength(20);
    const waits = late.map(({retryAfter}) => Number(retryAfter));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5);
    expect(new Set(waits).size).toBeGreaterThan(3);
  });
});

describe('a device that registers again', () => {
  const use = async ({client, registry}: StartedApi, device: string) => {
    const [{id} = {id: ''}] = (await client.credentials.list(device)).items;
    await registry.credentials.used([{credentialId: id, atMs: 1, address: '127.0.0.1'}]);
  };

  it('gets another answer where the first was lost, whatever the policy', async () => {
    await using api = await startTestApi();
    const {register} = await groupIn(api, {reprovision: 'never'});
    const first = await register(api, 'pump-1');
    const second = await register(api, 'pump-1');
    expect(second.status).toBe(200);
    expect(await letsIn(api, 'pump-1', first.body.secret)).toBe(false);
    expect(await letsIn(api, 'pump-1', second.body.secret)).toBe(true);
    await use(api, 'pump-1');
    expect(await register(api, 'pump-1')).toMatchObject({status: 409, body: {code: 'IOT_DEVICE_OWNED'}});
    expect(await letsIn(api, 'pump-1', second.body.secret)).toBe(true);
  });

  it('replaces what it got, and cuts off what that let in', async () => {
    await using api = await startTestApi();
    const {register} = await groupIn(api);
    const first = await register(api, 'pump-1');
    await use(api, 'pump-1');
    const again = await register(api, 'pump-1');
    expect(again).toMatchObject({status: 200, body: {generation: first.body.generation}});
    expect(await letsIn(api, 'pump-1', first.body.secret)).toBe(false);
    await api.client.lives.step('quarantine', 'pump-1');
    expect(await register(api, 'pump-1')).toMatchObject({status: 409, body: {code: 'IOT_DEVICE_STATE'}});
    expect(api.news).toContainEqual({
      kind: 'identity',
      change: {tenant: 'default', name: 'pump-1', usable: false},
    });
    expect(await typesOf(api)).toContain('device.reprovisioned');
  });

  it('is answered so often, and no oftener', async () => {
    const nowMs = Date.now();
    await using api = await startTestApi({}, {clock: () => nowMs});
    const {register} = await groupIn(api);
    const statuses = [];
    for (let count = 0; count < 12; count++)
      statuses.push((await register(api, 'pump-1', {}, {nowMs})).status);
    expect(statuses).toEqual([...Array.from({length: 10}, () => 200), 429, 429]);
    expect((await register(api, 'pump-2', {}, {nowMs})).status).toBe(200);
  });

  it('keeps its twin, or begins a new one that never goes back', async () => {
    await using api = await startTestApi();
    const twinAfter = async (reprovision: 'keep-twin' | 'reset-twin') => {
      const {register} = await groupIn(api, {name: reprovision, reprovision});
      const device = `pump-${reprovision}`;
      const again = () => register(api, device, {}, {group: reprovision});
      await again();
      await use(api, device);
      const change = {section: 'desired', document: {interval: 10}, replace: false} as const;
      await api.admin.twins.change(ORIGIN, {tenant: 'default', id: device}, change);
      expect((await again()).status).toBe(200);
      const {desired} = await api.registry.twins.get({tenant: 'default', device});
      return [desired.document, desired.version];
    };
    expect(await twinAfter('keep-twin')).toEqual([{interval: 10}, 1]);
    expect(await twinAfter('reset-twin')).toEqual([{}, 2]);
  });

  it('after its owner let go of it is a new one', async () => {
    await using api = await startTestApi();
    const {register} = await groupIn(api, {reprovision: 'never'});
    await register(api, 'pump-1');
    await use(api, 'pump-1');
    await api.client.lives.step('disown', 'pump-1');
    expect((await register(api, 'pump-1')).status).toBe(200);
  });
});

describe('a person', () => {
  it('lets a device in that waits, as it was when it asked', async () => {
    await using api = await startTestApi();
    const {register} = await groupIn(api, {approval: 'person'});
    const waiting = await register(api, 'pump-1', {serial: 'A'});
    expect(waiting).toMatchObject({status: 202, body: {retryAfterSec: 5}, retryAfter: '5'});
    const {operationId, operationToken: token} = waiting.body;
    const poll = () => asNewDevice(api, `/v1/provision/operations/${operationId}`, undefined, {token});
    for (let count = 0; count < 12; count++) expect((await poll()).status).toBe(202);
    const {items: records} = await api.registry.audit.list('default', {
      limit: 50,
      action: 'enrolment:register',
    });
    expect(records).toHaveLength(1);
    const requests = [];
    for await (const request of api.client.enrolment.requests({state: 'waiting'}, 10)) requests.push(request);
    expect(requests).toMatchObject([{registrationId: 'pump-1', group: 'line-7', requestedFrom: '127.0.0.1'}]);
    await api.client.enrolment.approve('line-7', 'pump-1');
    expect((await register(api, 'pump-1', {serial: 'B'})).status).toBe(200);
    expect((await api.client.getDevice('pump-1')).metadata).toEqual({serial: 'A'});
    expect((await poll()).status).toBe(200);
    expect(await typesOf(api)).toEqual(expect.arrayContaining(['enrolment.requested', 'enrolment.approved']));
  });

  it('may deny it', async () => {
    await using api = await startTestApi();
    const {register} = await groupIn(api, {approval: 'person'});
    await register(api, 'pump-1');
    await api.client.enrolment.deny('line-7', 'pump-1');
    expect((await register(api, 'pump-1')).status).toBe(403);
    await expect(api.client.enrolment.approve('line-7', 'nobody')).rejects.toMatchObject({
      code: 'IOT_ENROLMENT_UNKNOWN',
    });
  });
});

describe('a webhook', () => {
  /** Somebody's server, which answers as the test says. */
  async function startHook(answer: (body: {registrationId: string}) => {status?: number; text: string}) {
    const asked: {body: string; signature: string}[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => {
        body += piece.toString();
      });
      request.on('end', () => {
        asked.push({body, signature: String(request.headers['iotctl-signature'])});
        const {status = 200, text} = answer(JSON.parse(body) as {registrationId: string});
        response.writeHead(status).end(text);
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/enrol`,
      asked,
      [Symbol.asyncDispose]: () => new Promise<void>(resolve => server.close(() => resolve())),
    };
  }

  it('is asked once, signed, and decides', async () => {
    await using hook = await startHook(({registrationId}) => ({
      text: JSON.stringify(registrationId === 'good' ? {allow: true} : {allow: false, reason: 'not ours'}),
    }));
    await using api = await startTestApi();
    const {key = '', webhookKey = ''} = await api.client.enrolment.create({
      name: 'line-7',
      approval: 'webhook',
      webhook: hook.url,
    });
    const register = (id: string) => asNewDevice(api, REGISTER, {token: tokenOf(key, id), serial: 'A'});
    expect((await Promise.all([register('good'), register('good')])).map(({status}) => status)).toEqual([
      202, 202,
    ]);
    expect((await register('bad')).status).toBe(202);
    await api.admin.settled();
    expect((await register('good')).status).toBe(200);
    expect(await register('bad')).toMatchObject({status: 403, body: {code: 'IOT_ENROLMENT_DENIED'}});
    expect(hook.asked).toHaveLength(2);
    const [{body, signature}] = hook.asked as [{body: string; signature: string}];
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature)!;
    expect(
      createHmac('sha256', Buffer.from(webhookKey, 'base64')).update(`${seconds}.${body}`).digest('hex'),
    ).toBe(mac);
    expect(JSON.parse(body)).toMatchObject({tenant: 'default', group: 'line-7', serial: 'A'});
  });

  it.each([
    ['an error', {status: 500, text: '{"allow":true}'}],
    ['nonsense', {text: 'yes'}],
    ['nothing about it', {text: '{"allow":"true"}'}],
    ['too much', {text: `{"allow":true,"x":"${'x'.repeat(20_000)}"}`}],
  ])('that answers with %s lets nobody in, and is asked again later', async (_, answer) => {
    let nowMs = Date.now();
    await using hook = await startHook(() => answer);
    await using api = await startTestApi({}, {clock: () => nowMs});
    const {register} = await groupIn(api, {approval: 'webhook', webhook: hook.url});
    await register(api, 'pump-1', {}, {nowMs});
    await api.admin.settled();
    expect(hook.asked).toHaveLength(3);
    const waiting = await register(api, 'pump-1', {}, {nowMs});
    expect(waiting).toMatchObject({status: 202, retryAfter: '10'});
    nowMs += 10_000;
    await register(api, 'pump-1', {}, {nowMs});
    await api.admin.settled();
    expect(hook.asked).toHaveLength(6);
  });

  it('is nowhere within a private network, unless that is allowed', async () => {
    await using api = await startTestApi();
    const create = (webhook: string, allowPrivate = false) =>
      api.client.enrolment.create({name: 'x', approval: 'webhook', webhook, allowPrivate});
    for (const url of [
      'http://example.com/x',
      'https://10.0.0.1/x',
      'https://169.254.169.254/latest/meta-data',
      'https://[fd00::1]/x',
      'https://[::ffff:10.0.0.1]/x',
      'https://localhost/x',
      'https://0x7f000001/x',
      'https://user:pass@example.com/x',
      'file:///etc/passwd',
    ])
      await expect(create(url), url).rejects.toMatchObject({code: 'IOT_REQUEST_INVALID'});
    await create('http://10.0.0.1/x', true);
    // A name is judged by what it means when it is called.
    const call = {url: 'https://localhost:1/x', key: '', allowPrivate: false, body: {}};
    await expect(askWebhook(call, {clock: Date.now, retryDelaysMs: []})).rejects.toThrow(
      'is not a public address',
    );
    for (const address of ['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'])
      expect([address, isPublicAddress(address)]).toEqual([address, true]);
    for (const address of [
      '127.0.0.1',
      '::1',
      '100.64.0.1',
      'fe80::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      'x',
    ])
      expect([address, isPublicAddress(address)]).toEqual([address, false]);
  });
});

describe('a group with an authority', () => {
  it('lets in whoever has a certificate of it and its key, and nobody who only has the certificate', async () => {
    await using api = await startTestApi();
    const {root, issuing} = await makeAuthorities();
    const below = await makeAuthorityBelow(root);
    const by = {createdBy: 'test', nowMs: Date.now()};
    const added = await api.registry.authorities.add(
      'default',
      {kind: 'customer', certificatePem: root.certificatePem, code: 'x'},
      by,
    );
    await expect(api.client.enrolment.create({name: 'fleet', authority: added.id})).rejects.toMatchObject({
      code: 'IOT_CONFLICT',
    });
    await api.registry.authorities.activate(added.id);
    await api.client.enrolment.create({name: 'fleet', authority: added.id, labels: {fleet: '1'}});
    const certificate = await makeOddCertificate(below, {commonName: 'truck-1', names: [], usages: []});
    const chain = `${certificate.certificatePem}\n${below.certificatePem}`;
    const register = (body: object) => asNewDevice(api, REGISTER, body);

    const {requestPem: other} = await createCertificateRequest({device: 'truck-1'});
    expect((await register({certificate: chain})).status).toBe(401);
    expect((await register({certificate: chain, csr: other})).status).toBe(401);
    const csr = await requestFor(certificate.keyPem, 'truck-1');
    const good = await register({certificate: chain, csr});
    expect(good).toMatchObject({status: 200, body: {device: 'truck-1'}});
    expect((await api.client.getDevice('truck-1')).labels).toEqual({fleet: '1'});
    // It lets the device register, and not log in.
    await expect(
      api.admin.certificates.identify(new X509Certificate(certificate.certificatePem).raw),
    ).rejects.toThrow('unknown-authority');

    const stranger = await makeOddCertificate(issuing, {commonName: 'truck-2', names: []});
    const strange = {certificate: stranger.certificatePem, csr: await requestFor(stranger.keyPem, 'truck-2')};
    expect((await asNewDevice(api, REGISTER, strange, {from: '127.0.0.9'})).status).toBe(401);
  });
});

/** A request for that key, as openssl makes it on a device. */
async function requestFor(keyPem: string, device: string): Promise<string> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'device.key');
  await writeFile(file, keyPem);
  return (await execa('openssl', ['req', '-new', '-key', file, '-subj', `/CN=${device}`])).stdout;
}
