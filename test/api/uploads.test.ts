import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {BackfillMessage} from '../../src/admin/uploads/upload-admin.js';
import type {PartAnswer, Upload} from '../../src/domain/upload.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

const DIGEST = 'sha256:0123';

const send = async (api: StartedApi, method: string, path: string, body?: unknown, headers = {}) => {
  const answer = await api.request(path, {
    method,
    headers: {...(body === undefined ? {} : {'content-type': 'application/json'}), ...headers},
    ...(body === undefined ? {} : {body: JSON.stringify(body)}),
  });
  return {status: answer.status, body: (await answer.json()) as never};
};

const begin = async (api: StartedApi, digest = DIGEST): Promise<Upload> =>
  (await send(api, 'POST', '/v1/uploads', {name: 'a.csv', digest})).body;

const rowsOf = (device: string, values: readonly number[]) =>
  values.map((value, index) => ({device, ts: 1_700_000_000_000 + index, v: {t: value}}));

/** What is in the stream of each device, in order. */
const told = async (api: StartedApi): Promise<Record<string, number[]>> => {
  const {stream} = api.events.ports;
  const all: Record<string, number[]> = {};
  for (const {device, type, payload} of await stream.read(0, 100_000)) {
    if (type !== 'telemetry') continue;
    const readings = JSON.parse(Buffer.from(payload).toString()) as {v: {t: number}}[];
    all[device] = [...(all[device] ?? []), ...readings.map(({v}) => v.t)];
  }
  return all;
};

describe('an upload', () => {
  it('takes parts in order, each once, and refuses rows one by one', async () => {
    await using api = await startTestApi();
    for (const id of ['a', 'b']) await api.client.createDevice({id});
    const {id, nextPart} = await begin(api);
    expect(nextPart).toBe(0);
    const part = [
      ...rowsOf('a', [1, 2]),
      ...rowsOf('nobody', [3]),
      {device: 'b', ts: 'now', v: {t: 1}},
      5,
      ...rowsOf('b', [4]),
    ];
    const first = await send(api, 'PUT', `/v1/uploads/${id}/parts/0`, {rows: part});
    expect(first).toEqual({
      status: 200,
      body: {
        part: 0,
        accepted: 3,
        refused: [
          {row: 2, reason: 'no device nobody'},
          {row: 3, reason: 'ts: not a time in Unix milliseconds: "now"'},
          {row: 4, reason: 'not an object'},
        ],
      },
    });
    expect(await send(api, 'PUT', `/v1/uploads/${id}/parts/0`, {rows: part})).toEqual(first);
    expect((await send(api, 'PUT', `/v1/uploads/${id}/parts/2`, {rows: part})).body).toMatchObject({
      code: 'IOT_CONFLICT',
      detail: 'part 2 of this upload: the next is 1',
    });
    expect(await told(api)).toEqual({a: [1, 2], b: [4]});

    // Whoever begins the same again goes on with it.
    expect(await begin(api)).toMatchObject({id, nextPart: 1, rowsAccepted: 3, rowsRefused: 3, state: 'open'});
    await send(api, 'POST', `/v1/uploads/${id}/finish`);
    expect(await begin(api)).toMatchObject({id, state: 'finished'});
    expect((await send(api, 'PUT', `/v1/uploads/${id}/parts/1`, {rows: part})).status).toBe(409);
  });

  it('goes past the stream where that is asked for, each part once', async () => {
    await using api = await startTestApi();
    await api.client.createDevice({id: 'a'});
    const wanted = {name: 'a.csv', digest: DIGEST, into: 'store'};
    const {body} = await send(api, 'POST', '/v1/uploads', wanted);
    const {id} = body as Upload;
    expect(body).toMatchObject({into: 'store'});
    const first = {rows: rowsOf('a', [1, 2])};
    const answer = await send(api, 'PUT', `/v1/uploads/${id}/parts/0`, first);
    expect(answer.body).toMatchObject({accepted: 2, refused: []});
    expect(await send(api, 'PUT', `/v1/uploads/${id}/parts/0`, first)).toEqual(answer);
    await send(api, 'PUT', `/v1/uploads/${id}/parts/1`, {rows: rowsOf('a', [3])});
    expect([...api.storeOnly].map(([key, messages]) => [key, messages.length])).toEqual([
      [`${id}/0`, 1],
      [`${id}/1`, 1],
    ]);
    expect(await told(api)).toEqual({});
    // What goes elsewhere is another upload.
    expect((await send(api, 'POST', '/v1/uploads', {...wanted, into: 'stream'})).body).toMatchObject({
      code: 'IOT_CONFLICT',
    });
    expect(await send(api, 'POST', '/v1/uploads', {...wanted, into: 'moon'})).toMatchObject({status: 400});
  });

  it('is a device’s own with its credential: for itself, and for those that it carries', async () => {
    await using api = await startTestApi();
    const {credential} = await api.client.createDevice({id: 'gw-1'});
    await api.client.createDevice({id: 'child-1', via: ['gw-1']});
    await api.client.createDevice({id: 'other'});
    const basic = Buffer.from(`${credential!.username}:${credential!.secret}`).toString('base64');
    const headers = {authorization: `Basic ${basic}`};
    const path = '/v1/devices/gw-1/uploads';
    const upload: Upload = (await send(api, 'POST', path, {name: 'flash', digest: DIGEST}, headers)).body;
    const rows = [...rowsOf('gw-1', [1]), ...rowsOf('child-1', [2]), ...rowsOf('other', [3])];
    const {body} = await send(api, 'PUT', `${path}/${upload.id}/parts/0`, {rows}, headers);
    expect(body).toMatchObject({accepted: 2, refused: [{row: 2, reason: 'no device other'}]});
    // Nobody else goes on with it.
    expect((await send(api, 'PUT', `/v1/uploads/${upload.id}/parts/1`, {rows})).status).toBe(404);
    expect(
      (await send(api, 'POST', '/v1/devices/other/uploads', {name: 'x', digest: DIGEST}, headers)).status,
    ).toBe(404);
  });

  it('is of those devices only that its caller may write for', async () => {
    await using api = await startTestApi();
    await api.client.createDevice({id: 'oslo-1', labels: {site: 'oslo'}});
    await api.client.createDevice({id: 'bergen-1', labels: {site: 'bergen'}});
    const token = await api.client.createToken({
      name: 'oslo',
      roles: [{role: 'operator', selector: 'site=oslo'}],
    });
    const headers = {authorization: `Bearer ${token.secret}`};
    const upload: Upload = (await send(api, 'POST', '/v1/uploads', {name: 'a', digest: DIGEST}, headers))
      .body;
    const rows = [...rowsOf('oslo-1', [1]), ...rowsOf('bergen-1', [2])];
    const {body} = await send(api, 'PUT', `/v1/uploads/${upload.id}/parts/0`, {rows}, headers);
    expect(body).toMatchObject({accepted: 1, refused: [{row: 1, reason: 'no device bergen-1'}]});
  });

  it('is in the stream once, whatever of it was there when it was cut off', async () => {
    const cuts = fc.array(fc.record({kept: fc.subarray([0, 1, 2, 3, 4, 5]), answered: fc.boolean()}), {
      maxLength: 4,
    });
    const sizes = fc.array(fc.integer({min: 1, max: 600}), {minLength: 1, maxLength: 3});
    await fc.assert(
      fc.asyncProperty(cuts, sizes, async (plan, parts) => {
        const left = [...plan];
        await using api = await startTestApi({}, {cutAppends: messages => cutBy(left.shift(), messages)});
        for (const id of ['a', 'b']) await api.client.createDevice({id});
        const upload = await begin(api);
        let value = 0;
        for (const [part, size] of parts.entries()) {
          const values = Array.from({length: size}, () => value++);
          const rows = values.map((each, index) => rowsOf(index % 3 === 0 ? 'a' : 'b', [each])[0]);
          let answer: {status: number; body: PartAnswer};
          do answer = await send(api, 'PUT', `/v1/uploads/${upload.id}/parts/${part}`, {rows});
          while (answer.status !== 200);
          expect(answer.body.accepted).toBe(size);
        }
        const {a = [], b = []} = await told(api);
        expect([...a, ...b].sort((x, y) => x - y)).toEqual(Array.from({length: value}, (_, index) => index));
      }),
      {numRuns: 12},
    );
  });
});

/** Which of the messages are on disk when the platform is gone; undefined lets all through, and answers. */
function cutBy(
  cut: {kept: readonly number[]; answered: boolean} | undefined,
  messages: readonly BackfillMessage[],
): {kept: readonly BackfillMessage[]; answered: boolean} {
  if (!cut) return {kept: messages, answered: true};
  // An answer means that all are there.
  if (cut.answered) return {kept: messages, answered: true};
  return {kept: messages.filter((_, index) => cut.kept.includes(index)), answered: false};
}
