import {expect, it} from 'vitest';
import {asCaller} from '../support/as-caller.js';
import {startTestApi} from '../support/start-api.js';

const PUMP = {model: 'pump', version: 1, metrics: {temperature: {type: 'number', max: 100}}};

it('a version of a model is never changed', async () => {
  await using api = await startTestApi();
  const ask = asCaller(api);
  expect(await ask('POST', '/v1/models?dryRun=true', PUMP)).toMatchObject({status: 200, body: {isNew: true}});
  expect((await ask('GET', '/v1/models')).body.items).toEqual([]);
  expect(await ask('POST', '/v1/models', PUMP)).toMatchObject({status: 200, body: {isNew: true}});
  // The order of keys is not content.
  const same = {metrics: PUMP.metrics, version: 1, model: 'pump'};
  expect(await ask('POST', '/v1/models', same)).toMatchObject({status: 200, body: {isNew: false}});
  const other = {...PUMP, metrics: {}};
  expect(await ask('POST', '/v1/models', other)).toMatchObject({
    status: 409,
    body: {code: 'IOT_MODEL_EXISTS'},
  });
  expect((await ask('GET', '/v1/models/pump')).body.spec).toEqual(PUMP);
});

it('applied by many at once, one version is made once', async () => {
  await using api = await startTestApi();
  const ask = asCaller(api);
  const answers = await Promise.all(Array.from({length: 10}, () => ask('POST', '/v1/models', PUMP)));
  expect(answers.map(({status}) => status)).toEqual(Array.from({length: 10}, () => 200));
  expect(answers.filter(({body}) => body.isNew)).toHaveLength(1);
});

it('a version that takes something away is refused, unless that is allowed', async () => {
  await using api = await startTestApi();
  const ask = asCaller(api);
  await ask('POST', '/v1/models', PUMP);
  const narrower = {...PUMP, version: 2, metrics: {temperature: {type: 'number', max: 50}}};
  const refused = await ask('POST', '/v1/models', narrower);
  expect(refused).toMatchObject({status: 409, body: {code: 'IOT_MODEL_INCOMPATIBLE'}});
  expect(refused.body.detail).toContain('metrics.temperature.max was 100 and is 50');
  expect(await ask('POST', '/v1/models/check', {older: 'pump@1', newer: narrower})).toMatchObject({
    body: {incompatibilities: [{path: 'metrics.temperature.max'}]},
  });
  const allowed = await ask('POST', '/v1/models?allowBreaking=true', narrower);
  expect(allowed.body.breaking).toMatchObject([{path: 'metrics.temperature.max'}]);
});

it('devices are of the newest version, or of the one that is named, and keep it', async () => {
  await using api = await startTestApi();
  const ask = asCaller(api);
  const modelOf = async (id: string) => {
    const {model, modelVersion} = (await ask('GET', `/v1/devices/${id}`)).body;
    return [model, modelVersion];
  };
  await ask('POST', '/v1/devices', {id: 'before', model: 'pump'});
  await ask('POST', '/v1/models', PUMP);
  await ask('POST', '/v1/devices', {id: 'one', model: 'pump'});
  await ask('POST', '/v1/models', {...PUMP, version: 2});
  await ask('POST', '/v1/devices/batch', {
    devices: [
      {id: 'two', model: 'pump'},
      {id: 'old', model: 'pump@1'},
    ],
  });
  expect(await modelOf('before')).toEqual(['pump', null]);
  expect(await modelOf('one')).toEqual(['pump', 1]);
  expect(await modelOf('two')).toEqual(['pump', 2]);
  expect(await modelOf('old')).toEqual(['pump', 1]);
  await ask('PATCH', '/v1/devices/before', {model: 'pump@2'});
  expect(await modelOf('before')).toEqual(['pump', 2]);
  expect(await ask('POST', '/v1/devices', {id: 'three', model: 'pump@3'})).toMatchObject({
    status: 404,
    body: {code: 'IOT_MODEL_UNKNOWN'},
  });
  expect(await ask('DELETE', '/v1/models/pump@1')).toMatchObject({
    status: 409,
    body: {code: 'IOT_MODEL_IN_USE'},
  });
  for (const id of ['one', 'old']) await ask('PATCH', `/v1/devices/${id}`, {model: 'pump'});
  expect((await ask('DELETE', '/v1/models/pump@1')).status).toBe(204);
  expect((await ask('GET', '/v1/models/pump@1')).status).toBe(404);
});
