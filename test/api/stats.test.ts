import {describe, expect, it} from 'vitest';
import type {StatsRequest} from '../../src/store/stats/stats-request.js';
import {asCaller} from '../support/as-caller.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

const NOTHING = {bucketsMs: null, groups: [], values: {}};

/** An API whose store answers nothing, and what it was asked. */
async function startAskedApi() {
  const questions: {tenant: string; request: StatsRequest}[] = [];
  const freshness = {completeTo: 7, lag: 1, lastEventAt: null};
  const api = await startTestApi({
    stats: (tenant, request) => {
      questions.push({tenant, request});
      return Promise.resolve({found: NOTHING, from: 'table', freshness, elapsedMs: 1});
    },
  });
  return {api, questions, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]()};
}

async function makeDevices({client}: StartedApi): Promise<void> {
  await client.createDevice({id: 'lamp-1', labels: {site: 'oslo', floor: '1'}});
  await client.createDevice({id: 'lamp-2', labels: {site: 'bergen'}});
  await client.createDevice({id: 'lamp-3', labels: {site: 'oslo'}});
}

const LAST = {metrics: ['temperature'], lastMs: 60_000};

describe('POST /v1/stats', () => {
  it('asks for the range before now, and says which it was', async () => {
    await using world = await startAskedApi();
    const before = Date.now();
    const {body} = await asCaller(world.api)('POST', '/v1/stats', LAST);
    const {sinceMs, untilMs, ...request} = world.questions[0]!.request;
    expect(untilMs).toBeGreaterThanOrEqual(before);
    expect(sinceMs).toBe(untilMs - 60_000);
    expect(body).toMatchObject({until: new Date(untilMs).toISOString(), freshness: {completeTo: 7, lag: 1}});
    expect(request).toMatchObject({onlyDevices: false, aggregates: ['avg', 'min', 'max', 'count']});
    expect(request.devices).toBeUndefined();
  });

  it('asks only for devices that the caller may see', async () => {
    await using world = await startAskedApi();
    const {api, questions} = world;
    await makeDevices(api);
    const roles = [{role: 'viewer', selector: 'site=oslo'}] as const;
    const {secret} = await api.registry.tokens.create(
      'default',
      {name: 'oslo', roles, createdBy: 'test'},
      Date.now(),
    );
    const asOslo = asCaller(api, secret);
    await asOslo('POST', '/v1/stats', {...LAST, by: ['floor']});
    await asOslo('POST', '/v1/stats', {...LAST, devices: ['lamp-1', 'lamp-2', 'nobody']});
    expect(questions.map(({request}) => [request.onlyDevices, request.devices])).toEqual([
      [
        true,
        [
          {device: 'lamp-1', labels: ['1']},
          {device: 'lamp-3', labels: [null]},
        ],
      ],
      [true, [{device: 'lamp-1', labels: []}]],
    ]);
  });

  it('knows devices by a selector, by id, and by their labels', async () => {
    await using world = await startAskedApi();
    const {api, questions} = world;
    await makeDevices(api);
    const ask = (more: object) => asCaller(api)('POST', '/v1/stats', {...LAST, ...more});
    await ask({selector: 'site=bergen'});
    await ask({devices: ['lamp-1', 'gone']});
    await ask({by: ['device', 'label:site']});
    expect(
      questions.map(({request}) => [request.onlyDevices, request.devices?.map(({device}) => device)]),
    ).toEqual([
      [true, ['lamp-2']],
      [true, ['lamp-1', 'gone']],
      [false, ['lamp-1', 'lamp-2', 'lamp-3']],
    ]);
    expect(questions[2]!.request.devices![0]!.labels).toEqual(['oslo']);
  });

  it('names the unit that models agree on', async () => {
    await using world = await startAskedApi();
    const {client} = world.api;
    await client.models.apply({
      model: 'a',
      version: 1,
      metrics: {temperature: {type: 'number', unit: 'Cel'}, x: {type: 'number', unit: 'm'}},
    });
    await client.models.apply({
      model: 'b',
      version: 1,
      metrics: {temperature: {type: 'number', unit: 'Cel'}, x: {type: 'number', unit: 'cm'}},
    });
    const answer = await client.stats.stats({metrics: ['temperature', 'x'], lastMs: 1000});
    expect(answer.units).toEqual({temperature: 'Cel'});
  });

  it.each([
    {metrics: []},
    {lastMs: undefined},
    {since: '1h'},
    {lastMs: undefined, since: '1h', until: '2h'},
    {lastMs: undefined, since: 'never'},
    {aggregates: ['mean']},
    {aggregates: ['p101']},
    {by: ['no label!']},
    {timezone: 'Europe/Oslo'},
    {timezone: 'Europe/Oslo', everyMs: 3_600_000},
    {timezone: 'Mars/Base', everyMs: 86_400_000},
    {timezone: '+02:00', everyMs: 86_400_000},
    {everyMs: 0},
  ])('refuses %j', async more => {
    await using world = await startAskedApi();
    const {status} = await asCaller(world.api)('POST', '/v1/stats', {...LAST, ...more});
    expect(status).toBe(400);
    expect(world.questions).toEqual([]);
  });
});
