/** The tables of the registry have rights of their own. */
import {once} from 'node:events';
import {afterEach, beforeEach, expect, it} from 'vitest';
import type {SqlQuery} from '../../src/api/ports.js';
import {IotctlError} from '../../src/domain/errors.js';
import {asCaller} from '../support/as-caller.js';
import {within} from '../support/deadline.js';
import {FRESH} from '../support/fake-platform.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

let api: StartedApi;
let asked: SqlQuery | undefined;

beforeEach(async () => {
  api = await startTestApi({
    query(_tenant, query) {
      asked = query;
      return Promise.resolve({columns: [], rows: [], truncated: false, elapsedMs: 1, freshness: FRESH});
    },
  });
  const admin = asCaller(api);
  await admin('POST', '/v1/devices', {id: 'oslo-1', labels: {site: 'oslo'}});
  await admin('POST', '/v1/devices', {id: 'rome-1', labels: {site: 'rome'}});
});

afterEach(() => api[Symbol.asyncDispose]());

it.each([
  ['viewer', {devices: 'all', commands: 'all'}, undefined],
  ['analyst', {devices: 'all'}, undefined],
  ['viewer:site=oslo', {devices: ['oslo-1'], commands: ['oslo-1']}, ['oslo-1']],
  ['analyst:site=oslo', {devices: ['oslo-1']}, ['oslo-1']],
])('a token of %s sees of them %j', async (role, registry, devices) => {
  const [name, selector] = role.split(':');
  const {body} = await asCaller(api)('POST', '/v1/tokens', {
    name: 'asker',
    roles: [{role: name, ...(selector === undefined ? {} : {selector})}],
  });
  const answer = await asCaller(api, body.secret as string)('POST', '/v1/query', {sql: 'SELECT 1'});
  expect(answer.status).toBe(200);
  expect(asked).toMatchObject({registry});
  expect(asked!.devices).toEqual(devices);
});

it('a reader who goes away while rights are looked up is gone for the store too', async () => {
  let cancelled = (): void => undefined;
  const heard = new Promise<void>(resolve => {
    cancelled = resolve;
  });
  await using slow = await startTestApi({
    async query(_tenant, _query, signal) {
      if (!signal.aborted) await once(signal, 'abort');
      cancelled();
      throw new IotctlError('IOT_QUERY_CANCELLED', 'nobody wants it');
    },
  });
  const roles = [{role: 'viewer', selector: 'site=oslo'}];
  const {body} = await asCaller(slow)('POST', '/v1/tokens', {name: 'asker', roles});
  const [entered, leave] = heldBack(slow);
  const gone = new AbortController();
  const asked = fetch(`${slow.url}/v1/query`, {
    method: 'POST',
    headers: {authorization: `Bearer ${body.secret as string}`, 'content-type': 'application/json'},
    body: JSON.stringify({sql: 'SELECT 1'}),
    signal: gone.signal,
  });
  await within(entered, 'the rights to be looked up');
  gone.abort();
  await expect(asked).rejects.toThrow();
  // The server has seen the end of that connection when it answers on another.
  await asCaller(slow)('GET', '/v1/devices');
  leave();
  await within(heard, 'the query to be cancelled');
});

/** Looking up which devices may be seen takes until the second is called; the first resolves when it has begun. */
function heldBack({admin: {devices}}: StartedApi): [Promise<void>, () => void] {
  let leave = (): void => undefined;
  const left = new Promise<void>(resolve => {
    leave = resolve;
  });
  const entered = new Promise<void>(resolve => {
    devices.idsIn = async () => {
      resolve();
      await left;
      return [];
    };
  });
  return [entered, leave];
}

it('the schema has the tables of models too', async () => {
  const {client} = api;
  await client.models.apply({
    model: 'lamp',
    version: 1,
    metrics: {brightness: {type: 'integer', unit: '%', description: 'how bright it is'}},
  } as never);
  const tables = await client.querySchema();
  expect(tables.map(({name}) => name)).toEqual([
    'events',
    'readings',
    'devices',
    'commands',
    'connections',
    'model_lamp',
  ]);
  expect(tables.at(-1)!.columns.at(-1)).toEqual({
    name: 'brightness',
    type: 'BIGINT',
    meaning: 'how bright it is in %',
  });
});
