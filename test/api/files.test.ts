import {createHash, randomBytes} from 'node:crypto';
import {readdir} from 'node:fs/promises';
import {describe, expect, it} from 'vitest';
import {byteRangeOf} from '../../src/api/byte-range.js';
import {IotctlError} from '../../src/domain/errors.js';
import type {StoredFile} from '../../src/domain/file.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

type FileOrProblem = StoredFile & {readonly code?: string; readonly detail?: string};

function sender(api: StartedApi, headers: Record<string, string> = {}, prefix = '/v1') {
  const send = async <Body = FileOrProblem>(
    method: string,
    path: string,
    body?: string | Buffer,
    type = 'application/json',
  ): Promise<Answer<Body>> => {
    const answer = await api.request(`${prefix}${path}`, {
      method,
      headers: {...headers, ...(body === undefined ? {} : {'content-type': type})},
      ...(body === undefined ? {} : {body}),
    });
    const text = await answer.text();
    return {status: answer.status, body: text === '' ? {} : JSON.parse(text)};
  };
  return {
    send,
    begin: (bytes: Buffer, name = 'log.bin', more: object = {}) =>
      send('POST', '/files', JSON.stringify({name, bytes: bytes.length, digest: digestOf(bytes), ...more})),
    piece: (id: string, at: number, piece: Buffer) =>
      send('PUT', `/files/${id}/content?at=${at}`, piece, 'application/whatever'),
    seal: (id: string) => send('POST', `/files/${id}/seal`),
  };
}

async function stored(api: StartedApi, bytes: Buffer, name?: string, more?: object): Promise<StoredFile> {
  const {begin, piece, seal} = sender(api);
  const {body} = await begin(bytes, name, more);
  await piece(body.id, 0, bytes);
  return (await seal(body.id)).body;
}

describe('a file', () => {
  it('comes in pieces, goes on where it was, and is what its digest says', async () => {
    await using api = await startTestApi();
    const bytes = randomBytes(300_000);
    const {begin, piece, seal} = sender(api);
    const {status, body: file} = await begin(bytes);
    expect(status).toBe(201);
    expect(file).toMatchObject({state: 'arriving', receivedBytes: 0, device: null});
    expect((await piece(file.id, 0, bytes.subarray(0, 100_000))).body.receivedBytes).toBe(100_000);
    expect(await piece(file.id, 0, bytes.subarray(0, 100_000))).toMatchObject({
      status: 409,
      body: {detail: '100000 bytes of log.bin are here: the next piece begins there'},
    });
    expect(await seal(file.id)).toMatchObject({
      status: 409,
      body: {detail: '100000 of 300000 bytes of log.bin are here'},
    });
    // The same is begun again.
    expect(await begin(bytes)).toMatchObject({status: 200, body: {id: file.id, receivedBytes: 100_000}});
    await piece(file.id, 100_000, bytes.subarray(100_000));
    expect((await piece(file.id, 300_000, Buffer.from('x'))).status).toBe(400);
    expect(await seal(file.id)).toMatchObject({status: 200, body: {state: 'stored'}});
    expect(await seal(file.id)).toMatchObject({status: 200});

    const whole = await api.request(`/v1/files/${file.id}/content`);
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      etag: `"${digestOf(bytes)}"`,
      'content-type': 'application/octet-stream',
      'content-disposition': "attachment; filename*=UTF-8''log.bin",
      'content-security-policy': 'sandbox',
    });
    const part = await api.request(`/v1/files/${file.id}/content`, {headers: {range: 'bytes=299990-'}});
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 299990-299999/300000');
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(299_990))).toBe(true);
    expect(
      (await api.request(`/v1/files/${file.id}/content`, {headers: {range: 'bytes=300000-'}})).status,
    ).toBe(416);
  });

  it('that arrives as something else is gone', async () => {
    await using api = await startTestApi();
    const {begin, piece, seal} = sender(api);
    const {body} = await begin(Buffer.from('right'));
    await piece(body.id, 0, Buffer.from('wrong'));
    expect(await seal(body.id)).toMatchObject({status: 400, body: {code: 'IOT_REQUEST_INVALID'}});
    expect((await api.request(`/v1/files/${body.id}`)).status).toBe(404);
    expect((await begin(Buffer.from('right'))).status).toBe(201);
  });

  it('of nothing is a file too', async () => {
    await using api = await startTestApi();
    const {begin, seal} = sender(api);
    const {body} = await begin(Buffer.alloc(0));
    expect(await seal(body.id)).toMatchObject({body: {state: 'stored', bytes: 0}});
    expect(await (await api.request(`/v1/files/${body.id}/content`)).text()).toBe('');
  });

  it.each(['../../etc/passwd', '..', '', 'a/b', 'a\\b', 'a\nb', 'a\u202eb', 'x'.repeat(201)])(
    'is not called %j',
    async name => {
      await using api = await startTestApi();
      expect((await sender(api).begin(Buffer.from('x'), name)).status).toBe(400);
    },
  );

  it('leaves nothing behind when it is deleted, with its device or its tenant', async () => {
    await using api = await startTestApi();
    await api.client.createDevice({id: 'pump-1'});
    const {id} = await stored(api, Buffer.from('one'));
    await stored(api, Buffer.from('two'), 'two.txt', {device: 'pump-1'});
    const folder = `${api.filesFolder}/default`;
    expect(await readdir(folder)).toHaveLength(2);
    expect((await sender(api).send('DELETE', `/files/${id}`)).status).toBe(204);
    expect(await readdir(folder)).toHaveLength(1);
    await api.admin.files.eraseDevice('default', 'pump-1');
    expect(await readdir(folder)).toEqual([]);
    const types = (await api.events.ports.stream.read(0, 100)).map(({type}) => type);
    expect(types.filter(type => type.startsWith('file.'))).toEqual([]);
    const kept = await api.registry.outbox.next(100);
    expect(kept.map(({event}) => event.type).filter(type => type.startsWith('file.'))).toEqual([
      'file.stored',
      'file.stored',
      'file.deleted',
    ]);
  });

  it('goes with its device, also where the store cannot erase all that it has of it', async () => {
    const eraseStored = () => Promise.reject(new IotctlError('IOT_ERASURE_INCOMPLETE', 'a file is damaged'));
    await using api = await startTestApi({}, {eraseStored});
    await api.client.createDevice({id: 'pump-1'});
    await stored(api, Buffer.from('two'), 'two.txt', {device: 'pump-1'});
    const post = (verb: string) =>
      sender(api).send('POST', `/devices/pump-1/${verb}`, JSON.stringify({reason: 'asked for'}));
    expect((await post('retire')).status).toBe(200);
    expect(await post('purge')).toMatchObject({status: 500, body: {code: 'IOT_ERASURE_INCOMPLETE'}});
    expect(await readdir(`${api.filesFolder}/default`)).toEqual([]);
    // It is not told that it was, before all of it is.
    expect((await api.registry.devices.get('default', 'pump-1')).lifecycle).toBe('retired');
  });

  it('counts against what its tenant may store', async () => {
    await using api = await startTestApi();
    await api.client.tenants.setQuotas('default', {storageBytes: 10});
    expect((await sender(api).begin(Buffer.from('12345678'))).status).toBe(201);
    expect(await sender(api).begin(Buffer.from('901'), 'b')).toMatchObject({
      body: {code: 'IOT_QUOTA_EXCEEDED'},
    });
    expect(await api.admin.tenants.quotas('default')).toMatchObject({usage: {storageBytes: 8}});
  });

  it('of a device is for those who see the device', async () => {
    await using api = await startTestApi();
    await api.client.createDevice({id: 'oslo-1', labels: {site: 'oslo'}});
    await api.client.createDevice({id: 'bergen-1', labels: {site: 'bergen'}});
    const token = await api.client.createToken({
      name: 'oslo',
      roles: [{role: 'operator', selector: 'site=oslo'}],
    });
    const oslo = sender(api, {authorization: `Bearer ${token.secret}`});
    const mine = await stored(api, Buffer.from('1'), 'a', {device: 'oslo-1'});
    const theirs = await stored(api, Buffer.from('2'), 'b', {device: 'bergen-1'});
    const nobodys = await stored(api, Buffer.from('3'), 'c');
    const {body} = await oslo.send<{items: StoredFile[]}>('GET', '/files');
    expect(body.items.map(({name}) => name)).toEqual(['a']);
    expect((await oslo.send('GET', `/files/${mine.id}`)).status).toBe(200);
    for (const {id} of [theirs, nobodys]) {
      expect((await oslo.send('GET', `/files/${id}`)).status).toBe(404);
      expect((await oslo.send('DELETE', `/files/${id}`)).status).toBe(404);
    }
    expect((await oslo.begin(Buffer.from('x'), 'x', {device: 'bergen-1'})).status).toBe(404);
    expect((await oslo.begin(Buffer.from('x'), 'x')).status).toBe(403);
  });

  it('of a device is the device’s with its own credential', async () => {
    await using api = await startTestApi();
    const {credential} = await api.client.createDevice({id: 'cam-1'});
    await api.client.createDevice({id: 'cam-2'});
    const basic = Buffer.from(`${credential!.username}:${credential!.secret}`).toString('base64');
    const cam = sender(api, {authorization: `Basic ${basic}`}, '/v1/devices/cam-1');
    const bytes = Buffer.from('an image');
    const {body} = await cam.begin(bytes, 'shot.jpg', {contentType: 'image/jpeg'});
    await cam.piece(body.id, 0, bytes);
    expect(await cam.seal(body.id)).toMatchObject({
      body: {device: 'cam-1', createdBy: 'device:cam-1', state: 'stored'},
    });
    const {items} = await api.registry.audit.list('default', {limit: 10, action: 'file:write'});
    expect(items).toMatchObject([
      {actor: {kind: 'device', name: 'cam-1', address: '127.0.0.1'}, traceId: expect.any(String)},
    ]);
    const calibration = await stored(api, Buffer.from('0.98'), 'calibration.txt', {device: 'cam-1'});
    const got = await api.request(`/v1/devices/cam-1/files/${calibration.id}/content`, {
      headers: {authorization: `Basic ${basic}`},
    });
    expect(await got.text()).toBe('0.98');
    const other = await stored(api, Buffer.from('x'), 'x', {device: 'cam-2'});
    expect((await cam.send('GET', `/files/${other.id}/content`)).status).toBe(404);
  });
});

it.each([
  [undefined, undefined],
  ['bytes=0-', {start: 0, end: 9}],
  ['bytes=2-4', {start: 2, end: 4}],
  ['bytes=2-400', {start: 2, end: 9}],
  ['bytes=-3', {start: 7, end: 9}],
  ['bytes=-30', {start: 0, end: 9}],
  ['bytes=-0', 'none'],
  ['bytes=10-', 'none'],
  ['bytes=4-2', undefined],
  ['bytes=0-1,3-4', undefined],
  ['lines=1-2', undefined],
  ['bytes=-', undefined],
])('reads the range %s', (header, range) => {
  expect(byteRangeOf(header, 10)).toEqual(range);
});
