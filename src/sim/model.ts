/** Models of simulated devices: data in `templates/models/`, read when a fleet starts. */
import {readFileSync} from 'node:fs';
import {IotctlError} from '../domain/errors.js';
import {isName} from '../domain/ids.js';

export interface Metric {
  readonly unit: string;
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
  readonly sets?: {readonly metric: string; readonly argument: string};
}

export interface Model {
  readonly name: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  readonly commands: Readonly<Record<string, ModelCommand>>;
}

/** Throws `IOT_USAGE` when there is no such model. */
export function loadModel(name: string): Model {
  const file = new URL(`../../templates/models/${name}.json`, import.meta.url);
  try {
    if (!isName(name)) throw new Error('not a name');
    return JSON.parse(readFileSync(file, 'utf8')) as Model;
  } catch (error) {
    throw new IotctlError('IOT_USAGE', `no model ${JSON.stringify(name)} to simulate`, {cause: error});
  }
}
