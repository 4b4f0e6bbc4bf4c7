import {describe, expect, it} from 'vitest';
import {modelSpecSchema} from '../../src/schema/model-schema.js';

const model = {model: 'pump', version: 1};

describe('a model file', () => {
  it.each([
    ['with nothing but a name and a version', model],
    [
      'with everything',
      {
        ...model,
        description: 'x',
        expectedInterval: '1h30m',
        metrics: {
          'door.open': {type: 'boolean'},
          mode: {type: 'string', values: ['on', 'off']},
          t: {type: 'number', min: 0, max: 0},
        },
        components: {motor: {description: 'm', metrics: {rpm: {type: 'integer', unit: '/min'}}}},
        commands: {dim: {args: {to: {type: 'number', min: 0, max: 100, required: true}}}},
        properties: {interval: {type: 'integer', min: 1, writable: true}},
        simulate: {anything: [1, {goes: true}]},
      },
    ],
  ])('is taken %s', (_, value) => {
    expect(modelSpecSchema.parse(value)).toEqual(value);
  });

  it.each([
    ['no version', {model: 'pump'}],
    ['a version of nothing', {...model, version: 0}],
    ['a version that is no number', {...model, version: '1'}],
    ['a name with a topic’s wildcard', {...model, model: 'a/+'}],
    ['a name with a version in it', {...model, model: 'a@1'}],
    ['an unknown key', {...model, metric: {}}],
    ['an unknown key of a metric', {...model, metrics: {t: {type: 'number', mn: 1}}}],
    ['an unknown type', {...model, metrics: {t: {type: 'float'}}}],
    [
      'a metric that is a prototype',
      {...model, metrics: JSON.parse('{"__proto__.x":{"type":"number"},"a b":{"type":"number"}}')},
    ],
    ['a range that ends before it begins', {...model, metrics: {t: {type: 'number', min: 2, max: 1}}}],
    ['a range of truth values', {...model, metrics: {t: {type: 'boolean', max: 1}}}],
    ['a choice of numbers', {...model, metrics: {t: {type: 'number', values: ['1']}}}],
    ['no duration', {...model, expectedInterval: 'often'}],
    ['a duration of nothing', {...model, expectedInterval: '0s'}],
    ['a component that no topic can name', {...model, components: {'a/b': {}}}],
    [
      'too many metrics',
      {
        ...model,
        metrics: Object.fromEntries(Array.from({length: 501}, (__, i) => [`m${i}`, {type: 'number'}])),
      },
    ],
  ])('is refused with %s', (_, value) => {
    expect(modelSpecSchema.safeParse(value).success).toBe(false);
  });
});
