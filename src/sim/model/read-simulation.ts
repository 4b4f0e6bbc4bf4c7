/** The section `simulate` of a model, checked: first its shape, then what it says against the rest of the model. */
import type {ModelSpec} from '../../domain/model.js';
import {behaviourProblems} from './behaviour-checks.js';
import {type Problem, problemText} from './problem.js';
import {problemsOf} from './schema-problems.js';
import {simulateSchema} from './simulate-schema.js';
import {SimulatedModel} from './simulated-model.js';

export type Simulation =
  | {readonly model: SimulatedModel; readonly problems: readonly []}
  | {readonly model: undefined; readonly problems: readonly Problem[]};

/** A model without the section behaves as its metrics' types and bounds suggest. */
export function readSimulation(spec: ModelSpec): Simulation {
  const parsed = simulateSchema.safeParse(spec.simulate ?? {});
  if (!parsed.success) return {model: undefined, problems: problemsOf(parsed.error.issues, ['simulate'])};
  const {model, problems: unfit} = SimulatedModel.compile(spec, parsed.data);
  // What devices do is checked against metrics that are there.
  const problems = unfit.length > 0 ? unfit : behaviourProblems(model);
  return problems.length === 0 ? {model, problems: []} : {model: undefined, problems};
}

export const problemsText = (problems: readonly Problem[]): string => problems.map(problemText).join('; ');
