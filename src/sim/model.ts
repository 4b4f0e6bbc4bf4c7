/** Models of simulated devices, by name: the ones that come with iotctl. */
import {readModelFile} from '../client/model-file.js';
import {IotctlError} from '../domain/errors.js';
import {isName} from '../domain/ids.js';
import type {ModelSpec} from '../domain/model.js';
import {problemsText, readSimulation} from './model/read-simulation.js';
import type {SimulatedModel} from './model/simulated-model.js';

/** A model of `templates/models/`. Throws `IOT_USAGE` when there is no such model. */
export async function loadModel(name: string): Promise<SimulatedModel> {
  const file = new URL(`../../templates/models/${name}.yaml`, import.meta.url).pathname;
  try {
    if (!isName(name)) throw new Error('not a name');
    const [spec] = await readModelFile(file);
    const {model, problems} = readSimulation(spec as ModelSpec);
    if (!model) throw new Error(problemsText(problems));
    return model;
  } catch (error) {
    throw new IotctlError('IOT_USAGE', `no model ${JSON.stringify(name)} to simulate`, {cause: error});
  }
}
