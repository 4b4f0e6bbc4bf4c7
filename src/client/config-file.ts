/**
 * The user's configuration, `$XDG_CONFIG_HOME/iotctl/config.yaml`: read, checked, and changed by one writer at a time.
 * It holds tokens, so it is for its owner alone.
 */
import {chmod, mkdir, readFile, realpath, rename, stat, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';
import {IotctlError} from '../domain/errors.js';
import type {Context} from './contexts.js';
import {lockFile} from './lock-file.js';

export interface ConfigFile {
  current?: string | undefined;
  contexts: Record<string, Omit<Context, 'name'>>;
  /** What else the user keeps there, such as `settings`, stays as it is. */
  readonly [other: string]: unknown;
}

export const configFile = (): string =>
  join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'iotctl', 'config.yaml');

export async function readConfig(): Promise<ConfigFile> {
  const file = configFile();
  const text = await textOf(file);
  if (text === undefined) return {contexts: {}};
  try {
    return checked((await parse(text)) ?? {});
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]!.replace(/:$/, '');
    throw new IotctlError('IOT_INPUT_INVALID', `${file} cannot be used: ${reason}`, {cause: error});
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw failed('read', file, error);
  }
}

/** Can anyone but the owner read it? Only asked of a file that is there. */
export async function othersMayRead(): Promise<boolean> {
  const {mode} = await stat(configFile()).catch(() => ({mode: 0}));
  // Windows has no such bits, and Node shows them as set.
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}

/**
 * We write JSON, which is YAML too (YAML 1.2, 1.3) and is read in no time; whoever edits the file may use any YAML, and
 * then pays for loading its parser. It also is the one that knows the line of a mistake.
 */
async function parse(text: string): Promise<unknown> {
  if (text.startsWith('{')) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // Either YAML in braces, or a mistake that has to be named.
    }
  }
  const yaml = await import('yaml');
  return yaml.parse(text, {logLevel: 'error'}) as unknown;
}

function checked(config: unknown): ConfigFile {
  if (!isMap(config)) throw new Error('it is not a mapping');
  const {contexts, current, ...others} = config;
  if (!isMap(contexts ?? {})) throw new Error('`contexts` is not a mapping');
  if (typeof (current ?? '') !== 'string') throw new Error('`current` is not a name');
  for (const [name, context] of Object.entries(contexts ?? {})) {
    const reason = flawOf(context);
    if (reason !== undefined) throw new Error(`context ${name} ${reason}`);
  }
  return {
    ...others,
    contexts: {...(contexts as ConfigFile['contexts'])},
    current: (current ?? undefined) as string,
  };
}

const TEXTS = [
  'token',
  'tokenCommand',
  'user',
  'username',
  'password',
  'mqttUrl',
  'wsUrl',
  'ca',
  'fingerprint',
];
const SWITCHES = ['readOnly', 'protected'];

/** A switch that is not understood must not count as off, nor a pin as absent. */
function flawOf(context: unknown): string | undefined {
  if (!isMap(context) || typeof context.url !== 'string') return 'needs a url and a token';
  const {kind = 'platform', token, tokenCommand} = context;
  if (kind !== 'platform' && kind !== 'mqtt') return 'is of a kind that is neither `platform` nor `mqtt`';
  if (kind === 'platform' && token === undefined && tokenCommand === undefined)
    return 'needs a url and a token';
  const text = TEXTS.find(key => !['string', 'undefined'].includes(typeof context[key]));
  if (text !== undefined) return `has a ${text} that is not text`;
  const unclear = SWITCHES.find(key => !['boolean', 'undefined'].includes(typeof context[key]));
  return unclear === undefined ? undefined : `has a ${unclear} that is neither true nor false`;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One writer at a time, and a reader never sees half a file. What cannot be read is not overwritten. */
export async function changeConfig(edit: (config: ConfigFile) => void): Promise<void> {
  const file = configFile();
  try {
    await mkdir(dirname(file), {recursive: true, mode: 0o700});
    // Where the file is a link, as in a folder of dotfiles, it stays one.
    const target = await realpath(file).catch(() => file);
    await using _lock = await lockFile(`${file}.lock`);
    const config = await readConfig();
    const before = {...config, contexts: {...config.contexts}};
    edit(config);
    await writeFile(`${target}.new`, await textAfter(await textOf(file), before, config), {mode: 0o600});
    await chmod(`${target}.new`, 0o600);
    await rename(`${target}.new`, target);
  } catch (error) {
    throw error instanceof IotctlError ? error : failed('write', file, error);
  }
}

/** Ours is written anew; in one that someone wrote by hand, all else stays as it is, comments and order too. */
async function textAfter(text: string | undefined, before: ConfigFile, after: ConfigFile): Promise<string> {
  if (text === undefined || text.trim() === '' || text.startsWith('{'))
    return `${JSON.stringify(after, null, 2)}\n`;
  const yaml = await import('yaml');
  const document = yaml.parseDocument(text);
  for (const name of Object.keys(before.contexts))
    if (!Object.hasOwn(after.contexts, name)) document.deleteIn(['contexts', name]);
  for (const [name, context] of Object.entries(after.contexts))
    if (before.contexts[name] !== context) document.setIn(['contexts', name], document.createNode(context));
  if (after.current === undefined) document.delete('current');
  else document.set('current', after.current);
  return document.toString();
}

const failed = (verb: string, file: string, error: unknown): IotctlError =>
  new IotctlError('IOT_INPUT_INVALID', `cannot ${verb} ${file}: ${(error as Error).message}`, {cause: error});
