/** The section `simulate` of a model, checked: first its shape, then what it says against the rest of the model. */
import type {z} from 'zod';
import type {ModelSpec} from '../../domain/model.js';
import {type Problem, problemText} from './problem.js';
import {simulateSchema} from './simulate-schema.js';
import {SimulatedModel} from './simulated-model.js';

export type Simulation =
  | {readonly model: SimulatedModel; readonly problems: readonly []}
  | {readonly model: undefined; readonly problems: readonly Problem[]};

/** A model without the section behaves as its metrics' types and bounds suggest. */
export function readSimulation(spec: ModelSpec): Simulation {
  const parsed = simulateSchema.safeParse(spec.simulate ?? {});
  if (!parsed.success)
    return {model: undefined, problems: parsed.error.issues.map(issue => problemOf(issue, ['simulate']))};
  const {model, problems} = SimulatedModel.compile(spec, parsed.data);
  return problems.length === 0 ? {model, problems: []} : {model: undefined, problems};
}

export const problemsText = (problems: readonly Problem[]): string => problems.map(problemText).join('; ');

/** Of an alternative whose kind is right, what is wrong inside of it says more than that no alternative fits. */
function problemOf(issue: z.core.$ZodIssue, path: Problem['path']): Problem {
  const here = [...path, ...(issue.path as (string | number)[])];
  if (issue.code === 'invalid_union') {
    const inside = issue.errors.find(
      errors =>
        errors.length > 0 &&
        !errors.some(({path: {length}, code}) => length === 0 && code === 'invalid_type'),
    );
    if (inside) return problemOf(inside[0]!, here);
  }
  return {path: here, message: issue.message};
}
