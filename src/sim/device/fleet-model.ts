/** The model of a fleet, with what a scenario lays over its behaviour. */
import {resolve} from 'node:path';
import type {JsonObject} from '../../domain/json.js';
import {mergePatch} from '../../domain/merge-patch.js';
import type {ModelSpec} from '../../domain/model.js';
import {isModelFile, loadModel} from '../model/load-model.js';
import type {Problem} from '../model/problem.js';
import {readSimulation} from '../model/read-simulation.js';

/** A model of that name, or in that file of `folder`. Throws `IOT_USAGE` and `IOT_INPUT_INVALID` as `loadModel` does. */
export const readFleetModel = async (name: string, folder: string): Promise<ModelSpec> =>
  (await loadModel(isModelFile(name) ? resolve(folder, name) : name)).spec;

/** Problems are told from the start of `behaviour`. */
export function withBehaviour(
  spec: ModelSpec,
  behaviour: JsonObject,
): {readonly spec: ModelSpec; readonly problems: readonly Problem[]} {
  if (Object.keys(behaviour).length === 0) return {spec, problems: []};
  const changed = {...spec, simulate: mergePatch((spec.simulate ?? {}) as JsonObject, behaviour)};
  const problems = readSimulation(changed).problems.map(({path, message}) => ({
    path: path.slice(1),
    message,
  }));
  return {spec: changed, problems};
}
