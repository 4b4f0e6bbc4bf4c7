/**
 * Where a flag's value comes from: flag, then environment, then project file, then user configuration, then default.
 * What a file sets becomes arguments, so that it is checked exactly as if it had been typed.
 */
import {configFile} from '../client/config-file.js';
import {findProjectFile, readSettings, type Settings} from '../client/settings-file.js';
import {IotctlError} from '../domain/errors.js';

/** Flags that a file may set. Never one that confirms or forces: a cloned folder must not be able to do that. */
const SETTABLE = [
  'context',
  'output',
  'no-color',
  'qos',
  'timeout',
  'max-rows',
  'data',
  'port-mqtt',
  'port-ws',
  'port-api',
  'auto-ports',
] as const;

export interface SettingSource {
  readonly name: string;
  readonly value: string;
  /** `environment`, or the path of the file. */
  readonly source: string;
}

/** The variable that stands for a flag. */
export const envNameOf = (flag: string): string => `IOTCTL_${flag.toUpperCase().replaceAll('-', '_')}`;

/** Settings of the project file and the user's configuration, the stronger ones first. */
async function fileSettings(): Promise<{path: string; settings: Settings}[]> {
  const projectFile = findProjectFile(process.cwd());
  const userFile = configFile();
  const files = [
    ...(projectFile === undefined
      ? []
      : [{path: projectFile, settings: checked(projectFile, await readSettings(projectFile))}]),
    {path: userFile, settings: checked(userFile, await readSettings(userFile, 'settings'))},
  ];
  return files;
}

/** Arguments for what the files say about flags that nothing stronger has set. */
export async function argvOfFiles(unset: readonly string[]): Promise<string[]> {
  const strongest = new Map<string, string | number | boolean>();
  for (const {settings} of await fileSettings()) {
    for (const [name, value] of Object.entries(settings)) {
      if (unset.includes(name) && !strongest.has(name)) strongest.set(name, value);
    }
  }
  return [...strongest]
    .filter(([, value]) => value !== false)
    .map(([name, value]) => (value === true ? `--${name}` : `--${name}=${value}`));
}

/** Every setting that is not a default, strongest first, for `doctor`. */
export async function settingSources(): Promise<SettingSource[]> {
  const fromEnvironment = Object.entries(process.env)
    .filter(([name, value]) => name.startsWith('IOTCTL_') && value !== undefined && value !== '')
    .map(([name, value]) => ({name, value: isSecret(name) ? '(hidden)' : value!, source: 'environment'}));
  const fromFiles = (await fileSettings()).flatMap(({path, settings}) =>
    Object.entries(settings).map(([name, value]) => ({name, value: String(value), source: path})),
  );
  return [...fromEnvironment, ...fromFiles];
}

const isSecret = (name: string): boolean => /SECRET|PASSWORD|TOKEN/.test(name);

function checked(path: string, settings: Settings): Settings {
  const stranger = Object.keys(settings).find(name => !(SETTABLE as readonly string[]).includes(name));
  if (stranger === undefined) return settings;
  throw new IotctlError(
    'IOT_INPUT_INVALID',
    `${path}: no setting ${JSON.stringify(stranger)}; known are ${SETTABLE.join(', ')}`,
  );
}
