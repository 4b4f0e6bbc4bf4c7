import {describe, expect, it} from 'vitest';
import type {ApiPorts} from '../../src/api/ports.js';
import {asCaller} from '../support/as-caller.js';
import {startTestApi} from '../support/start-api.js';

type Request = Parameters<ApiPorts['episodes']>[1];

/** An API whose store answers with one episode of `lamp-1`, and what it was asked. */
async function startAskedApi() {
  const questions: Request[] = [];
  const episode = {metric: 'temperature', device: 'lamp-1', component: null, peak: 31, peakMs: 2, samples: 2};
  const times = {startMs: 1, endMs: 3, startedBy: 'value', endedBy: 'gap'} as const;
  const api = await startTestApi({
    episodes: (_tenant, request) => {
      questions.push(request);
      const freshness = {completeTo: 7, lag: 0, lastEventAt: null};
      return Promise.resolve({found: [{...episode, ...times}], from: 'table', freshness, elapsedMs: 1});
    },
  });
  await api.client.createDevice({id: 'lamp-1', labels: {site: 'oslo', floor: '1'}});
  await api.client.createDevice({id: 'lamp-2', labels: {site: 'bergen'}});
  const ask = (body: object) =>
    asCaller(api)('POST', '/v1/episodes', {metric: 'temperature', lastMs: 60_000, ...body});
  return {ask, questions, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]()};
}

describe('POST /v1/episodes', () => {
  it('gives the store the labels that a condition names, and keeps those that are counted by', async () => {
    await using world = await startAskedApi();
    const {body} = await world.ask({when: 'value > 3 && labels.site == "oslo"', by: ['floor', 'site']});
    expect(world.questions[0]).toMatchObject({
      when: 'value > 3 && labels.site == "oslo"',
      metrics: ['temperature'],
      onlyDevices: false,
      labelCount: 1,
      devices: [
        {device: 'lamp-1', labels: ['oslo']},
        {device: 'lamp-2', labels: ['bergen']},
      ],
    });
    expect(body).toMatchObject({counts: [{group: {floor: '1', site: 'oslo'}, episodes: 1, durationMs: 2}]});
  });

  it('names no devices where nobody has to know them', async () => {
    await using world = await startAskedApi();
    await world.ask({above: 3, by: ['site']});
    await world.ask({when: 'value > 3', selector: 'site=oslo'});
    expect(world.questions.map(({devices, labelCount}) => [devices, labelCount])).toEqual([
      [undefined, 0],
      [[{device: 'lamp-1', labels: []}], 0],
    ]);
  });

  it.each<[object, string, string]>([
    [{}, 'IOT_REQUEST_INVALID', 'give one of outside, above, below and when'],
    [{above: 1, when: 'value > 1'}, 'IOT_REQUEST_INVALID', 'give one of outside, above, below and when'],
    [
      {when: 'value > 1', hysteresis: 1},
      'IOT_REQUEST_INVALID',
      'hysteresis is of a limit, and when has none',
    ],
    [{outside: {low: 3, high: 2}}, 'IOT_REQUEST_INVALID', 'the range 3..2 is empty'],
    [{when: 'value > "a"'}, 'IOT_EXPRESSION_INVALID', 'when: no such overload: double > string'],
  ])('refuses %j', async (asked, code, message) => {
    await using world = await startAskedApi();
    const {status, body} = await world.ask(asked);
    expect(status).toBe(400);
    expect(body).toMatchObject({code, detail: expect.stringContaining(message)});
    expect(world.questions).toEqual([]);
  });
});
