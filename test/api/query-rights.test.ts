/** The tables of the registry have rights of their own. */
import {afterEach, beforeEach, expect, it} from 'vitest';
import type {SqlQuery} from '../../src/api/ports.js';
import {asCaller} from '../support/as-caller.js';
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
