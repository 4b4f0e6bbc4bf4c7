/** What the platform says of a fleet file: what is new, what differs, what stands in the way. */
import {readFileSync} from 'node:fs';
import {beforeEach, describe, expect, it} from 'vitest';
import {fleetJsonSchema} from '../../src/api/fleet-schema.js';
import {asCaller} from '../support/as-caller.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';

const SCHEMA = new URL('../../templates/schemas/fleet.schema.json', import.meta.url);

let api: StartedApi;

beforeEach(async () => {
  api = await startTestApi();
  return () => api[Symbol.asyncDispose]();
});

const plan = async (fleet: object) => (await asCaller(api)('POST', '/v1/fleet/plan', fleet)).body;
const pump = (version: number, more: object = {}) => ({model: 'pump', version, ...more});

it('the schema for editors is the one that the API checks by', () => {
  expect(JSON.parse(readFileSync(SCHEMA, 'utf8'))).toEqual(JSON.parse(JSON.stringify(fleetJsonSchema())));
});

describe('a plan', () => {
  it('makes what is not there, models before the devices that are of them', async () => {
    const {steps} = await plan({
      devices: [{id: 'pump-1', model: 'pump@2'}],
      models: [pump(1), pump(2)],
    });
    expect(
      steps.map(({kind, id, action}: {kind: string; id: string; action: string}) => [kind, id, action]),
    ).toEqual([
      ['model', 'pump@1', 'create'],
      ['model', 'pump@2', 'create'],
      ['device', 'pump-1', 'create'],
    ]);
    expect((await api.client.listDevices()).items).toEqual([]);
  });

  it('changes only fields that the file has, and those to just what it says', async () => {
    await api.client.models.apply(pump(1));
    await api.client.createDevice({
      id: 'pump-1',
      model: 'pump',
      labels: {site: 'oslo', 'a.b': 'x'},
      metadata: {serial: '7'},
    });
    const {steps} = await plan({
      models: [pump(1), pump(2)],
      devices: [{id: 'pump-1', model: 'pump', labels: {site: 'rome'}}],
    });
    expect(steps.at(-1)).toEqual({
      kind: 'device',
      id: 'pump-1',
      action: 'update',
      version: 1,
      changes: [
        {path: 'model', from: 'pump@1', to: 'pump@2'},
        {path: 'labels.site', from: 'oslo', to: 'rome'},
        {path: 'labels.a.b', from: 'x'},
      ],
    });
  });

  it('has nothing to do for what is so already', async () => {
    await api.client.createDevice({id: 'pump-1', labels: {site: 'oslo'}});
    const {steps} = await plan({devices: [{id: 'pump-1', labels: {site: 'oslo'}, model: null, via: []}]});
    expect(steps).toMatchObject([{action: 'none', changes: []}]);
  });

  it('says what differs of an enrolment group, in what the file says of it', async () => {
    await api.client.enrolment.create({name: 'line-7', labels: {site: 'oslo'}, approval: 'person'});
    const {steps} = await plan({
      groups: [
        {name: 'line-7', labels: {site: 'rome'}},
        {name: 'line-8', reprovision: 'never'},
      ],
    });
    expect(steps).toEqual([
      {
        kind: 'group',
        id: 'line-7',
        action: 'update',
        changes: [{path: 'labels.site', from: 'oslo', to: 'rome'}],
      },
      {kind: 'group', id: 'line-8', action: 'create', changes: []},
    ]);
  });

  it('holds the whole of a configuration against what there is, what is left out as the default', async () => {
    const patch = {interval: 5};
    const night = {name: 'night', selector: 'site=oslo', patch};
    await api.client.configurations.apply('night', {selector: 'site=oslo', patch, priority: 7});
    expect((await plan({configurations: [night, {name: 'day', selector: null, patch}]})).steps).toEqual([
      {
        kind: 'configuration',
        id: 'night',
        action: 'update',
        changes: [{path: 'priority', from: 7, to: 0}],
      },
      {kind: 'configuration', id: 'day', action: 'create', changes: []},
    ]);
    const same = await plan({configurations: [{...night, priority: 7, stages: [100]}]});
    expect(same.steps).toMatchObject([{action: 'none'}]);
  });

  it.each([
    ['a device twice', {devices: [{id: 'a'}, {id: 'a'}]}, 'IOT_REQUEST_INVALID'],
    ['a model twice', {models: [pump(1), pump(1)]}, 'IOT_REQUEST_INVALID'],
    ['a group twice', {groups: [{name: 'a'}, {name: 'a'}]}, 'IOT_REQUEST_INVALID'],
    ['a version that is nowhere', {devices: [{id: 'a', model: 'pump@9'}]}, 'IOT_MODEL_UNKNOWN'],
    ['an unknown list', {device: []}, 'IOT_REQUEST_INVALID'],
    ['no device id', {devices: [{id: 'a/b'}]}, 'IOT_REQUEST_INVALID'],
    ['a prototype', {devices: [JSON.parse('{"id":"a","__proto__":{}}')]}, 'IOT_REQUEST_INVALID'],
  ])('is refused with %s', async (_what, fleet, code) => {
    expect(await plan(fleet)).toMatchObject({code});
  });

  it('is refused where a retired device or another model of that version stands in the way', async () => {
    await api.client.models.apply(pump(1));
    await api.client.createDevice({id: 'pump-1'});
    await api.client.lives.step('retire', 'pump-1');
    expect(await plan({devices: [{id: 'pump-1'}]})).toMatchObject({code: 'IOT_DEVICE_RETIRED'});
    expect(await plan({models: [pump(1, {description: 'other'})]})).toMatchObject({code: 'IOT_MODEL_EXISTS'});
  });
});
