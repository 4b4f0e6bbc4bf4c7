/** Settings that are kept in files: the project's `iotctl.yaml`, and `settings:` of the user's configuration. */
import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {IotctlError} from '../domain/errors.js';

export type Settings = Readonly<Record<string, string | number | boolean>>;

const PROJECT_FILE = 'iotctl.yaml';

/** The project file of a folder: its own, or that of the nearest folder above. */
export function findProjectFile(folder: string): string | undefined {
  const path = join(folder, PROJECT_FILE);
  if (existsSync(path)) return path;
  const above = dirname(folder);
  return above === folder ? undefined : findProjectFile(above);
}

/**
 * Reads the settings of a YAML file: its top level, or what is below `key`. Empty where the file is missing.
 * Throws `IOT_INPUT_INVALID` for a file that is not a map of plain values.
 */
export async function readSettings(path: string, key?: string): Promise<Settings> {
  if (!existsSync(path)) return {};
  const text = await readFile(path, 'utf8');
  // Most configurations hold no settings, and loading a YAML parser costs more than a whole `--version`.
  if (key !== undefined && !text.includes(key)) return {};
  const {parse} = await import('yaml');
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new IotctlError('IOT_INPUT_INVALID', `${path}: ${(error as Error).message}`, {cause: error});
  }
  const settings = key === undefined ? withoutQueries(content) : isMap(content) ? content[key] : undefined;
  if (settings === undefined || settings === null) return {};
  if (!isMap(settings) || !Object.values(settings).every(isPlain)) {
    throw new IotctlError('IOT_INPUT_INVALID', `${path}: not a map of settings to plain values`);
  }
  return settings as Settings;
}

/** What a project keeps beside its settings: `saved-queries.ts`. */
function withoutQueries(content: unknown): unknown {
  if (!isMap(content)) return content;
  const {queries: _, ...settings} = content;
  return settings;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
