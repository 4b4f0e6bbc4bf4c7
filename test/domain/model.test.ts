import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import type {ModelSpec} from '../../src/domain/model.js';
import {parseModelRef} from '../../src/domain/model.js';
import {incompatibilities} from '../../src/domain/model-compatibility.js';
import {TelemetryCheck} from '../../src/domain/telemetry-check.js';
import {argumentFault} from '../../src/domain/value-check.js';

/** What firmware of each version sends: kept for as long as there are such devices. */
const corpus = JSON.parse(readFileSync(new URL('../corpus/models/pump.json', import.meta.url), 'utf8')) as {
  versions: ModelSpec[];
  payloads: {version: number; component: string; payload: unknown}[];
};

describe('old firmware', () => {
  it.each(corpus.payloads)(
    'of version $version goes on fitting with every version after it: $payload',
    ({version, component, payload}) => {
      for (const spec of corpus.versions.filter(model => model.version >= version))
        expect(new TelemetryCheck(spec).faultsOf(component, payload)).toEqual([]);
    },
  );

  it('is what each version is compatible with', () => {
    for (const older of corpus.versions)
      for (const newer of corpus.versions.filter(({version}) => version >= older.version))
        expect(incompatibilities(older, newer)).toEqual([]);
  });
});

const model = (more: Partial<ModelSpec>): ModelSpec => ({model: 'pump', version: 1, ...more});
const metric = (spec: object) => model({metrics: {t: spec as never}});

describe('a new version does not fit', () => {
  it.each([
    ['another model', model({}), model({model: 'lamp'}), 'model'],
    ['without a metric', metric({type: 'number'}), model({}), 'metrics.t'],
    ['with another type', metric({type: 'number'}), metric({type: 'string'}), 'metrics.t.type'],
    ['with a narrower type', metric({type: 'number'}), metric({type: 'integer'}), 'metrics.t.type'],
    [
      'with another unit',
      metric({type: 'number', unit: 'Cel'}),
      metric({type: 'number', unit: 'K'}),
      'metrics.t.unit',
    ],
    [
      'with a higher minimum',
      metric({type: 'number', min: 0}),
      metric({type: 'number', min: 1}),
      'metrics.t.min',
    ],
    ['with a maximum', metric({type: 'number'}), metric({type: 'number', max: 9}), 'metrics.t.max'],
    [
      'with fewer texts',
      metric({type: 'string', values: ['a', 'b']}),
      metric({type: 'string', values: ['a']}),
      'metrics.t.values',
    ],
    [
      'with a choice of texts',
      metric({type: 'string'}),
      metric({type: 'string', values: ['a']}),
      'metrics.t.values',
    ],
    ['without a component', model({components: {motor: {}}}), model({}), 'components.motor'],
    ['without a command', model({commands: {stop: {}}}), model({}), 'commands.stop'],
    [
      'with a new argument that has to be given',
      model({commands: {stop: {}}}),
      model({commands: {stop: {args: {at: {type: 'number', required: true}}}}}),
      'commands.stop.args.at',
    ],
    [
      'with an argument that has to be given now',
      model({commands: {stop: {args: {at: {type: 'number'}}}}}),
      model({commands: {stop: {args: {at: {type: 'number', required: true}}}}}),
      'commands.stop.args.at.required',
    ],
    [
      'with a property that cannot be written any more',
      model({properties: {p: {type: 'number', writable: true}}}),
      model({properties: {p: {type: 'number'}}}),
      'properties.p.writable',
    ],
  ])('%s', (_, older, newer, path) => {
    expect(incompatibilities(older, newer).map(found => found.path)).toEqual([path]);
  });
});

describe('arguments of a command', () => {
  const spec = {
    args: {
      to: {type: 'number', min: 0, max: 100, required: true},
      mode: {type: 'string', values: ['a', 'b']},
    },
  } as const;
  it.each([
    [{to: 40}, undefined],
    [{to: 40, mode: 'a'}, undefined],
    [null, 'argument to is missing'],
    [[], 'its arguments are not an object'],
    ['x', 'its arguments are not an object'],
    [{to: '40'}, 'argument to is not of type number'],
    [{to: 101}, 'argument to is not between 0 and 100'],
    [{to: 1, mode: 'c'}, 'argument mode is none of a, b'],
    [{to: 1, constructor: 1}, 'no argument "constructor"; there are: to, mode'],
  ])('%j: %s', (data, fault) => {
    expect(argumentFault(spec, data)).toBe(fault);
  });

  it('are anything where nothing is said of them', () => {
    expect(argumentFault({}, [1])).toBeUndefined();
  });
});

it.each([
  ['pump', {name: 'pump', version: undefined}],
  ['pump@2', {name: 'pump', version: 2}],
  ['a@b@3', {name: 'a@b', version: 3}],
  ['pump@', {name: 'pump@', version: undefined}],
])('%s names a model', (text, ref) => {
  expect(parseModelRef(text)).toEqual(ref);
});
