/** Models of simulated devices: what the platform knows of a kind of device, and how it behaves. */
import {readModelFile} from '../client/model-file.js';
import {IotctlError} from '../domain/errors.js';
import {isName} from '../domain/ids.js';
import type {ModelSpec} from '../domain/model.js';

export interface Metric {
  readonly start: number;
  /** The most that it changes from one reading to the next. */
  readonly step: number;
  readonly min: number;
  readonly max: number;
  /** Digits behind the point. */
  readonly digits: number;
}

export interface ModelCommand {
  /** The command moves a metric to one of its arguments. */
  readonly sets?: {readonly metric: string; readonly argument: string} | undefined;
}

export interface Model {
  readonly name: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly commands: Readonly<Record<string, ModelCommand>>;
}

/** The section `simulate` of a model file. */
interface Simulated {
  readonly metrics?: Readonly<Record<string, Pick<Metric, 'start' | 'step' | 'digits'>>>;
  readonly commands?: Readonly<Record<string, ModelCommand['sets']>>;
}

/** A model of `templates/models/`. Throws `IOT_USAGE` when there is no such model. */
export async function loadModel(name: string): Promise<Model> {
  const file = new URL(`../../templates/models/${name}.yaml`, import.meta.url).pathname;
  try {
    if (!isName(name)) throw new Error('not a name');
    const [spec] = await readModelFile(file);
    return behaviourOf(spec as ModelSpec);
  } catch (error) {
    throw new IotctlError('IOT_USAGE', `no model ${JSON.stringify(name)} to simulate`, {cause: error});
  }
}

function behaviourOf({model, metrics = {}, commands = {}, simulate}: ModelSpec): Model {
  const {metrics: moves = {}, commands: effects = {}} = (simulate ?? {}) as Simulated;
  return {
    name: model,
    metrics: Object.fromEntries(
      Object.entries(moves).map(([name, move]) => {
        const {min = -Infinity, max = Infinity} = metrics[name] ?? {};
        return [name, {...move, min, max}];
      }),
    ),
    commands: Object.fromEntries(Object.keys(commands).map(name => [name, {sets: effects[name]}])),
  };
}
