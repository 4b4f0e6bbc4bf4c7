/** Simulated devices in tests: from a piece of a model to what its devices tell. */
import {expect} from 'vitest';
import type {ModelSpec, ValueSpec} from '../../src/domain/model.js';
import {readSimulation} from '../../src/sim/model/read-simulation.js';
import type {SimulatedModel} from '../../src/sim/model/simulated-model.js';
import type {PayloadSource} from '../../src/sim/wire/payload-source.js';

/** A Monday. */
export const START_MS = Date.UTC(2026, 0, 5);

export function modelOf(spec: Partial<ModelSpec>): SimulatedModel {
  const {model, problems} = readSimulation({model: 'm', version: 1, ...spec});
  expect(problems).toEqual([]);
  return model!;
}

/** A model of the metric x. */
export const modelOfMetric = (spec: ValueSpec, generator: unknown): SimulatedModel =>
  modelOf({metrics: {x: spec}, simulate: {metrics: {x: generator}}});

/** One payload; it has what was promised, and nothing else was written. */
export function written(source: PayloadSource, timeMs: number): Buffer {
  const target = Buffer.alloc(source.maxBytes + 20, '~');
  const end = source.write(target, 10, timeMs);
  expect(end - 10).toBeLessThanOrEqual(source.maxBytes);
  expect(target.toString('latin1', end).replaceAll('~', '')).toBe('');
  return target.subarray(10, end);
}

export const payloads = (source: PayloadSource, count: number, everyMs = 1000): string[] =>
  Array.from({length: count}, (_, index) => written(source, START_MS + index * everyMs).toString());

/** What the device of that number tells, message by message. */
export const told = (
  model: SimulatedModel,
  count: number,
  {everyMs = 1000, index = 0} = {},
): Record<string, unknown>[] =>
  payloads(model.device(1, index).payloads()!, count, everyMs).map(
    text => (JSON.parse(text) as {v: Record<string, unknown>}).v,
  );

export const valuesOf = (model: SimulatedModel, count: number, options = {}): unknown[] =>
  told(model, count, options).map(({x}) => x);
