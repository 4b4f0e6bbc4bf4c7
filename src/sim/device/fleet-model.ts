/** The models of a scenario's fleets: of the templates or of files, with what the scenario lays over their behaviour. */
import {readdir} from 'node:fs/promises';
import {basename, resolve} from 'node:path';
import {readYamlFile} from '../../client/yaml-file.js';
import {IotctlError} from '../../domain/errors.js';
import {isName} from '../../domain/ids.js';
import {isJsonObject, type JsonObject} from '../../domain/json.js';
import {mergePatch} from '../../domain/merge-patch.js';
import type {ModelSpec} from '../../domain/model.js';
import {readSimulation} from '../model/read-simulation.js';
import {looksLikeFile} from './scenario-file.js';

const FOLDER = new URL('../../../templates/models/', import.meta.url).pathname;
const EXTENSION = '.yaml';
const BYTES_MAX = 512 * 1024;

/** The names of the templates. */
export async function modelNames(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files
    .filter(name => name.endsWith(EXTENSION))
    .map(name => basename(name, EXTENSION))
    .sort();
}

/**
 * A model of that name, or in that file of `folder`. Throws `IOT_USAGE` for a name that there is not,
 * `IOT_INPUT_INVALID` with file, line and what was expected.
 */
export async function readFleetModel(
  name: string,
  folder: string,
  behaviour: JsonObject = {},
): Promise<ModelSpec> {
  const path = looksLikeFile(name) ? resolve(folder, name) : await templatePath(name);
  const [document, ...more] = await readYamlFile(path, BYTES_MAX);
  if (more.length > 0) throw new IotctlError('IOT_INPUT_INVALID', `${path} has more than one model`);
  const {value, lineOf} = document!;
  if (!isJsonObject(value) || typeof value.model !== 'string')
    throw new IotctlError('IOT_INPUT_INVALID', `${path}:1: not a model: it has to have a name, model: …`);
  const written = value as unknown as ModelSpec;
  refuse(written, inside => `${path}:${lineOf(inside)}`);
  if (Object.keys(behaviour).length === 0) return written;
  const simulate = mergePatch((written.simulate ?? {}) as JsonObject, behaviour);
  const spec = {...written, simulate};
  refuse(spec, () => 'behaviour');
  return spec;
}

function refuse(spec: ModelSpec, place: (inside: readonly (string | number)[]) => string): void {
  const {problems} = readSimulation(spec);
  if (problems.length === 0) return;
  const flaws = problems.map(({path, message}) => `${place(path)}: ${path.join('.')}: ${message}`);
  throw new IotctlError('IOT_INPUT_INVALID', flaws.join('\n'));
}

async function templatePath(name: string): Promise<string> {
  const names = await modelNames();
  if (isName(name) && names.includes(name)) return `${FOLDER}${name}${EXTENSION}`;
  throw new IotctlError(
    'IOT_USAGE',
    `no model ${JSON.stringify(name)} to simulate; there are: ${names.join(', ')}; or give a file`,
  );
}
