import {expect, it} from 'vitest';
import {asCaller} from '../support/as-caller.js';
import {startTestApi} from '../support/start-api.js';

const WANTED = {name: 'fast', selector: 'site=oslo', patch: {interval: 5}};

it('is applied, shown, and says beforehand whom it would be about', async () => {
  await using api = await startTestApi();
  const ask = asCaller(api);
  await ask('POST', '/v1/devices', {id: 'lamp', labels: {site: 'oslo'}});
  await ask('POST', '/v1/devices', {id: 'old', labels: {site: 'oslo'}});
  await ask('POST', '/v1/devices/old/retire', {});
  const preview = await ask('POST', '/v1/configurations?dryRun=true', WANTED);
  expect(preview).toMatchObject({
    status: 200,
    body: {isChanged: true, configuration: {revision: 1, counts: {targeted: 1}}},
  });
  expect((await ask('GET', '/v1/configurations')).body.items).toEqual([]);
  const {body} = await ask('POST', '/v1/configurations', WANTED);
  expect(body).toMatchObject({
    isChanged: true,
    configuration: {
      priority: 0,
      stages: [100],
      rejectedPercentMax: 100,
      state: 'rolling-out',
      createdBy: 'token:admin',
    },
  });
  expect((await ask('POST', '/v1/configurations', WANTED)).body.isChanged).toBe(false);
  const staged = await ask('POST', '/v1/configurations', {...WANTED, stages: [1, 100]});
  expect(staged.body.configuration).toMatchObject({revision: 2, rejectedPercentMax: 0});
  expect((await ask('GET', '/v1/configurations/fast')).body).toEqual(staged.body.configuration);
  const deleted = await ask('DELETE', '/v1/configurations/fast');
  expect(deleted).toMatchObject({status: 202, body: {state: 'withdrawing'}});
  expect(await ask('POST', '/v1/configurations', WANTED)).toMatchObject({
    status: 409,
    body: {code: 'IOT_CONFLICT'},
  });
  expect((await api.registry.outbox.next(99)).map(({event}) => event.type).slice(-3)).toEqual([
    'configuration.applied',
    'configuration.applied',
    'configuration.withdrawn',
  ]);
});

it.each([
  [{name: 'not a name'}, 'IOT_REQUEST_INVALID'],
  [{selector: 'nonsense'}, 'IOT_USAGE'],
  [{selector: undefined}, 'IOT_REQUEST_INVALID'],
  [{patch: {}}, 'IOT_REQUEST_INVALID'],
  [{patch: {'a.b': 1}}, 'IOT_TWIN_LIMIT'],
  [{patch: []}, 'IOT_REQUEST_INVALID'],
  [{stages: [10, 5, 100]}, 'IOT_REQUEST_INVALID'],
  [{stages: []}, 'IOT_REQUEST_INVALID'],
  [{priority: 2_000_000}, 'IOT_REQUEST_INVALID'],
  [{rejectedPercentMax: -1}, 'IOT_REQUEST_INVALID'],
])('%j is refused with %s', async (more, code) => {
  await using api = await startTestApi();
  const answer = await asCaller(api)('POST', '/v1/configurations', {...WANTED, ...more});
  expect(answer).toMatchObject({status: 400, body: {code}});
});

it('one that is not there answers so', async () => {
  await using api = await startTestApi();
  const ask = asCaller(api);
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/stop'],
    ['POST', '/resume'],
  ] as const)
    expect(
      await ask(method, `/v1/configurations/nobody${path}`, method === 'POST' ? {} : undefined),
    ).toMatchObject({
      status: 404,
      body: {code: 'IOT_CONFIGURATION_UNKNOWN'},
    });
});
