/** Moving devices in: what becomes of each row, as whoever asks, and what a second time does. */
import {randomBytes} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {hashSecretAgain, newSecret} from '../../src/domain/credential.js';
import type {ImportRow} from '../../src/domain/device-import.js';
import {startTestApi} from '../support/start-api.js';

const outcomes = ({
  items,
}: {
  items: readonly {id: string; outcome: string; code: string | null}[];
}): string[] => items.map(({id, outcome, code}) => [id, outcome, code].filter(Boolean).join(' '));

const secret = (): ImportRow['credential'] => ({kind: 'secret', ...hashSecretAgain(newSecret())});

describe('an import', () => {
  it('makes what it can, and says why not of the rest', async () => {
    await using api = await startTestApi();
    const {imports} = api.client;
    await api.client.createDevices([{id: 'there'}, {id: 'gone'}]);
    await api.client.lives.step('retire', 'gone');
    const rows = [
      {
        id: 'a',
        labels: {site: 'oslo', room: null},
        metadata: {serial: 'A1'},
        via: ['there'],
        adminState: 'disabled',
      },
      {id: 'a'},
      {id: 'there'},
      {id: 'gone'},
      {id: 'not an id'},
      {id: 'b', labels: {'1': 'x'}},
      {id: 'c', colour: 'red'},
      {id: 'd', model: 'lamp@7'},
      {id: 'e', credential: {kind: 'secret', saltHex: 'ff', hashHex: 'ff'}},
      {id: 'f', credential: {kind: 'token', keyBase64: randomBytes(31).toString('base64')}},
      'text',
      null,
    ] as unknown as ImportRow[];
    const expected = [
      'a created',
      'a failed IOT_DEVICE_EXISTS',
      'there unchanged',
      'gone failed IOT_DEVICE_RETIRED',
      'not an id failed IOT_DEVICE_ID_INVALID',
      'b failed IOT_REQUEST_INVALID',
      'c failed IOT_REQUEST_INVALID',
      'd failed IOT_MODEL_UNKNOWN',
      'e failed IOT_REQUEST_INVALID',
      'f failed IOT_REQUEST_INVALID',
      'failed IOT_REQUEST_INVALID',
      'failed IOT_REQUEST_INVALID',
    ];
    expect(outcomes(await imports.check(rows, 'create'))).toEqual(expected);
    await expect(api.client.getDevice('a')).rejects.toThrow('no device');
    expect(outcomes(await imports.run(rows, 'create'))).toEqual(expected);
    expect(await api.client.getDevice('a')).toMatchObject({
      labels: {site: 'oslo'},
      metadata: {serial: 'A1'},
      via: ['there'],
      adminState: 'disabled',
      adminNote: {reason: 'imported so', by: 'token:admin'},
      lifecycle: 'registered',
    });
    expect((await api.registry.outbox.next(99)).filter(({event}) => event.device === 'a')).toHaveLength(1);
    expect(await api.registry.audit.verify('default')).toMatchObject({ok: true});
  });

  it('is the same when it is sent again: the device with that very secret is the one that was made', async () => {
    await using api = await startTestApi();
    const {imports, credentials} = api.client;
    const rows: ImportRow[] = [
      {id: 'a', credential: secret()},
      {id: 'b', credential: {kind: 'token', keyBase64: randomBytes(32).toString('base64')}},
      {id: 'c', credential: {kind: 'none'}, labels: {site: 'oslo'}},
    ];
    const first = await imports.run(rows, 'create');
    expect(first.items.map(({credential}) => credential?.username)).toEqual([
      'a@default',
      'b@default',
      undefined,
    ]);
    await api.client.lives.update('a', {labels: {moved: 'yes'}});
    for (const mode of ['create', 'keep'] as const) {
      const again = await imports.run(rows, mode);
      expect(outcomes(again)).toEqual(['a unchanged', 'b unchanged', 'c unchanged']);
      expect(again.items.map(({credential}) => credential)).toEqual(
        first.items.map(({credential}) => credential),
      );
    }
    for (const id of ['a', 'b']) expect((await credentials.list(id)).items).toHaveLength(1);
    const other = await imports.run(
      [
        {id: 'a', credential: secret()},
        {id: 'c', labels: {site: 'rome'}},
      ],
      'create',
    );
    expect(outcomes(other)).toEqual(['a failed IOT_DEVICE_EXISTS', 'c failed IOT_DEVICE_EXISTS']);
  });

  it('updates what differs, and neither credentials nor states', async () => {
    await using api = await startTestApi();
    const {imports, credentials} = api.client;
    await api.client.createDevice({id: 'a', labels: {site: 'oslo', floor: '1'}});
    const rows: ImportRow[] = [
      {id: 'a', labels: {site: 'bergen', floor: null}, credential: secret()},
      {id: 'new'},
    ];
    const {items} = await imports.run(rows, 'update');
    expect(outcomes({items})).toEqual(['a updated', 'new created']);
    expect(items[0]!.message).toBe('its credentials stay as they are');
    expect(await api.client.getDevice('a')).toMatchObject({labels: {site: 'bergen'}, version: 2});
    expect((await credentials.list('a')).items).toHaveLength(1);
    expect(outcomes(await imports.run(rows, 'update'))).toEqual(['a unchanged', 'new unchanged']);
    const state = await imports.run([{id: 'a', adminState: 'disabled'}], 'update');
    expect(outcomes(state)).toEqual(['a failed IOT_DEVICE_STATE']);
  });

  it('makes as many as the quota has room for', async () => {
    await using api = await startTestApi();
    await api.registry.tenants.setQuotas('default', {devices: 3}, Date.now());
    await api.client.createDevice({id: 'there'});
    const {items} = await api.client.imports.run([{id: 'a'}, {id: 'x y'}, {id: 'b'}, {id: 'c'}], 'create');
    expect(items.map(({outcome}) => outcome)).toEqual(['created', 'failed', 'created', 'failed']);
    expect(items[3]!.code).toBe('IOT_QUOTA_EXCEEDED');
  });

  it('lets a limited caller move in only what would be theirs, and tells nothing of the others', async () => {
    await using api = await startTestApi();
    await api.client.createDevice({id: 'foreign', labels: {site: 'bergen'}});
    const {secret: token} = await api.registry.tokens.create(
      'default',
      {name: 'oslo', roles: [{role: 'tenant-admin', selector: 'site=oslo'}], createdBy: 'test'},
      Date.now(),
    );
    const {ApiClient} = await import('../../src/client/api-client.js');
    const limited = new ApiClient({url: api.url, token});
    const rows: ImportRow[] = [
      {id: 'own', labels: {site: 'oslo'}},
      {id: 'other', labels: {site: 'bergen'}},
      {id: 'foreign', labels: {site: 'bergen'}},
    ];
    const expected = ['own created', 'other failed IOT_FORBIDDEN', 'foreign failed IOT_DEVICE_EXISTS'];
    expect(outcomes(await limited.imports.run(rows, 'create'))).toEqual(expected);
    expect(outcomes(await limited.imports.run([{id: 'own', labels: {site: 'bergen'}}], 'update'))).toEqual([
      'own failed IOT_FORBIDDEN',
    ]);
  });
});
