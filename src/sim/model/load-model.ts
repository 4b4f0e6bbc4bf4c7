/** The models that devices can be simulated of: those that come with iotctl, and files. */
import {existsSync, readdirSync} from 'node:fs';
import {basename} from 'node:path';
import {fileURLToPath} from 'node:url';
import {IotctlError} from '../../domain/errors.js';
import {isName} from '../../domain/ids.js';
import {packageFile} from '../../domain/package-files.js';
import {readCheckedModels} from './checked-model.js';
import type {SimulatedModel} from './simulated-model.js';

const FOLDER = fileURLToPath(packageFile('templates/models/'));
const EXTENSION = '.yaml';

/** Names of the models that come with iotctl. */
export const templateModels = (): string[] =>
  readdirSync(FOLDER)
    .filter(file => file.endsWith(EXTENSION))
    .map(file => basename(file, EXTENSION))
    .toSorted();

/** Looks like a file: it has an extension or a folder. */
export const isModelFile = (text: string): boolean => /[/\\]|\.(?:ya?ml|json)$/i.test(text);

/** By a name such as `thermostat`, or by a file. Throws `IOT_USAGE` for an unknown name, `IOT_INPUT_INVALID` for a bad file. */
export async function loadModel(nameOrFile: string): Promise<SimulatedModel> {
  const file = isModelFile(nameOrFile) ? nameOrFile : templateOf(nameOrFile);
  const [first, ...more] = await readCheckedModels(file);
  if (more.length > 0) throw new IotctlError('IOT_INPUT_INVALID', `${file} has more than one model`);
  return first!.model;
}

function templateOf(name: string): string {
  const file = `${FOLDER}${name}${EXTENSION}`;
  if (isName(name) && existsSync(file)) return file;
  throw new IotctlError(
    'IOT_USAGE',
    `no model ${JSON.stringify(name)}: give a file, or one of ${templateModels().join(', ')}`,
  );
}
