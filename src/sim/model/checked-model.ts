/** Model files, checked as a whole: what the platform would say of them, and how they are simulated. */
import {dirname} from 'node:path';
import {readModelDocuments} from '../../client/model-file.js';
import {IotctlError} from '../../domain/errors.js';
import type {ModelSpec} from '../../domain/model.js';
import {modelSpecSchema} from '../../schema/model-schema.js';
import {type Problem, problemText} from './problem.js';
import {readSimulation} from './read-simulation.js';
import {withReplays} from './replay/with-replays.js';
import {problemsOf} from './schema-problems.js';
import type {SimulatedModel} from './simulated-model.js';

/** A problem, and where it stands. */
export interface ModelProblem {
  readonly file: string;
  readonly line: number;
  /** `simulate.metrics.temperature.walk` */
  readonly path: string;
  readonly problem: string;
}

export interface CheckedModel {
  readonly spec: ModelSpec;
  readonly model: SimulatedModel;
}

/** Each model of a file, or everything that is wrong with it. Throws `IOT_INPUT_INVALID` for what is no YAML. */
export async function checkModelFile(
  file: string,
): Promise<{readonly models: readonly CheckedModel[]; readonly problems: readonly ModelProblem[]}> {
  const models: CheckedModel[] = [];
  const problems: ModelProblem[] = [];
  for (const {value, lineOf} of await readModelDocuments(file)) {
    const checked = await checkModel(value, dirname(file));
    if (checked.checked) models.push(checked.checked);
    for (const {path, message} of checked.problems)
      problems.push({file, line: lineOf(path), path: path.join('.'), problem: message});
  }
  return {models, problems: problems.toSorted((one, other) => one.line - other.line)};
}

/** As `checkModelFile`; throws `IOT_INPUT_INVALID` for any problem, naming file, line and what was expected. */
export async function readCheckedModels(file: string): Promise<readonly CheckedModel[]> {
  const {models, problems} = await checkModelFile(file);
  if (problems.length === 0) return models;
  const found = problems.map(
    ({line, path, problem}) => `${file}:${line}: ${problemText({path: [path], message: problem})}`,
  );
  throw new IotctlError('IOT_INPUT_INVALID', found.join('; '));
}

async function checkModel(
  value: unknown,
  folder: string,
): Promise<{readonly checked?: CheckedModel; readonly problems: readonly Problem[]}> {
  const parsed = modelSpecSchema.safeParse(value);
  if (!parsed.success) return {problems: problemsOf(parsed.error.issues, [])};
  const spec = parsed.data;
  const {model, problems} = readSimulation(await withReplays(spec, folder));
  return model ? {checked: {spec, model}, problems} : {problems};
}
