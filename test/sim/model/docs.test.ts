/** Every example of docs/simulating.md is one that works. */
import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {parse} from 'yaml';
import type {ModelSpec, ValueSpec} from '../../../src/domain/model.js';
import {modelSpecSchema} from '../../../src/schema/model-schema.js';
import {GENERATOR_NAMES} from '../../../src/sim/model/generator-schema.js';
import {readSimulation} from '../../../src/sim/model/read-simulation.js';

const page = readFileSync(new URL('../../../docs/simulating.md', import.meta.url), 'utf8');
const generators = page.slice(page.indexOf('## Generators'), page.indexOf('## Variables'));

const yamlOf = (text: string): string[] => [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => yaml!);

/** What the examples of generators are of. */
const number: ValueSpec = {type: 'number'};
const METRICS: Record<string, ValueSpec> = {
  ...Object.fromEntries(
    [
      'target',
      'height',
      'humidity',
      'voltage',
      'temperature',
      'power',
      'frequency',
      'energy',
      'current',
      'position.lat',
      'position.lon',
      'position.alt',
      'position.speed',
      'outside',
    ].map(name => [name, number]),
  ),
  ...Object.fromEntries(['level', 'cycles', 'visitors'].map(name => [name, {type: 'integer'} as const])),
  relay: {type: 'boolean'},
  window: {type: 'boolean'},
  mode: {type: 'string', values: ['eco', 'comfort', 'away']},
  quality: {type: 'string', values: ['good', 'poor', 'bad']},
};

describe('the page on simulating', () => {
  it.each(yamlOf(generators))('has a generator that works: %s', yaml => {
    const entries = parse(yaml) as Record<string, unknown>;
    for (const name of Object.keys(entries)) expect([...Object.keys(METRICS), 'position']).toContain(name);
    const spec: ModelSpec = {model: 'm', version: 1, metrics: METRICS, simulate: {metrics: entries}};
    const {problems} = readSimulation(spec);
    // Beside the page there is no file.
    expect(problems.filter(({message}) => !message.startsWith('replays meter.csv'))).toEqual([]);
  });

  it.each(yamlOf(page.replace(generators, '')))('has a model that works: %s', yaml => {
    const spec = modelSpecSchema.parse(parse(yaml));
    expect(readSimulation(spec).problems).toEqual([]);
  });

  it('has a heading for each generator', () => {
    const headings = [...generators.matchAll(/^### (.*)$/gm)].flatMap(([, heading]) => heading!.split(', '));
    expect(headings.toSorted()).toEqual([...GENERATOR_NAMES].toSorted());
  });
});
