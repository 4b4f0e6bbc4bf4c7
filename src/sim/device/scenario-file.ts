/** Scenarios of the templates and of files; what is wrong with one is said with file, line and what was expected. */
import {readdir} from 'node:fs/promises';
import {basename} from 'node:path';
import {readYamlFile} from '../../client/yaml-file.js';
import {IotctlError} from '../../domain/errors.js';
import {isName} from '../../domain/ids.js';
import type {Scenario} from './scenario.js';
import {scenarioSchema} from './scenario-schema.js';

const BYTES_MAX = 512 * 1024;
const FOLDER = new URL('../../../templates/scenarios/', import.meta.url).pathname;
const EXTENSION = '.yaml';

/** A file looks like one: it has an extension or a folder. */
export const looksLikeFile = (text: string): boolean => /[/\\]|\.(?:ya?ml|json)$/i.test(text);

/** The names of the templates. */
export async function scenarioNames(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files
    .filter(name => name.endsWith(EXTENSION))
    .map(name => basename(name, EXTENSION))
    .sort();
}

/** Where a scenario of that name, or path, is written. Throws `IOT_USAGE` naming those that there are. */
export async function scenarioPath(name: string): Promise<string> {
  if (looksLikeFile(name)) return name;
  const names = await scenarioNames();
  if (isName(name) && names.includes(name)) return `${FOLDER}${name}${EXTENSION}`;
  throw new IotctlError(
    'IOT_USAGE',
    `no scenario ${JSON.stringify(name)}; there are: ${names.join(', ')}; or give a file`,
  );
}

export interface ScenarioFile {
  readonly path: string;
  readonly scenario: Scenario;
  /** Of something in it, counted from 1. */
  readonly lineOf: (inside: readonly (string | number)[]) => number;
}

/** Throws `IOT_INPUT_INVALID` with every flaw. */
export async function readScenario(path: string): Promise<ScenarioFile> {
  const [document, ...more] = await readYamlFile(path, BYTES_MAX);
  const {value, lineOf} = document!;
  if (more.length > 0) throw new IotctlError('IOT_INPUT_INVALID', `${path} has more than one document`);
  const parsed = scenarioSchema.safeParse(value);
  if (parsed.success) return {path, scenario: parsed.data, lineOf};
  const flaws = parsed.error.issues.map(({path: inside, message}) => {
    const place = inside.map(part => (typeof part === 'symbol' ? String(part) : part));
    return `${path}:${lineOf(place)}: ${[...(place.length > 0 ? [place.join('.')] : []), message].join(': ')}`;
  });
  throw new IotctlError('IOT_INPUT_INVALID', flaws.join('\n'));
}
