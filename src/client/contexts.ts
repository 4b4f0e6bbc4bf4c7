/**
 * Contexts: which platforms there are to speak to, in `$XDG_CONFIG_HOME/iotctl/config.yaml`, readable by its owner only.
 */
import {chmod, mkdir, readFile, realpath, rename, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';
import {IotctlError} from '../domain/errors.js';
import {lockFile} from './lock-file.js';

export interface Context {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly tenant?: string | undefined;
  readonly mqttUrl?: string | undefined;
  readonly wsUrl?: string | undefined;
}

interface ConfigFile {
  current?: string | undefined;
  contexts: Record<string, Omit<Context, 'name'>>;
  /** What else the user keeps there, such as `settings`, stays as it is. */
  readonly [other: string]: unknown;
}

/** A name that can be typed without quoting, and that is not one that every object has. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

export const configFile = (): string =>
  join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'iotctl', 'config.yaml');

export async function loadContexts(): Promise<{current: string | undefined; contexts: Context[]}> {
  const {current, contexts} = await read();
  return {current, contexts: Object.entries(contexts).map(([name, context]) => ({name, ...context}))};
}

/** Adds or replaces; it becomes the current one when asked to, or when there is none. */
export async function saveContext(
  {name, ...context}: Context,
  {makeCurrent = false}: {makeCurrent?: boolean} = {},
): Promise<void> {
  if (!NAME.test(name))
    throw new IotctlError('IOT_USAGE', `not a name for a context: ${JSON.stringify(name.slice(0, 80))}`);
  await change(config => {
    config.contexts[name] = context;
    if (makeCurrent || config.current === undefined) config.current = name;
  });
}

/** Throws `IOT_CONTEXT_UNKNOWN` naming the ones there are. */
export async function useContext(name: string): Promise<void> {
  await change(config => {
    known(config, name);
    config.current = name;
  });
}

export async function removeContext(name: string): Promise<void> {
  await change(config => {
    known(config, name);
    delete config.contexts[name];
    if (config.current === name) config.current = undefined;
  });
}

/**
 * Flag, then IOTCTL_URL with IOTCTL_TOKEN, then IOTCTL_CONTEXT, then the current one. Throws `IOT_CONTEXT_MISSING`
 * where nothing says which, and `IOT_CONTEXT_UNKNOWN` for one that is not there.
 */
export async function resolveContext(name?: string): Promise<Context> {
  const {IOTCTL_URL: url, IOTCTL_TOKEN: token, IOTCTL_CONTEXT: chosen} = process.env;
  // Going on to another platform than the one that was named would be worse than not going on.
  if (name === undefined && Boolean(url) !== Boolean(token)) {
    const [there, missing] = url ? ['IOTCTL_URL', 'IOTCTL_TOKEN'] : ['IOTCTL_TOKEN', 'IOTCTL_URL'];
    throw new IotctlError('IOT_CONTEXT_MISSING', `${there} is set and ${missing} is not`);
  }
  if (name === undefined && url && token) return {name: 'environment', url, token};
  const config = await read();
  const wanted = name ?? (chosen || config.current);
  if (wanted === undefined) throw new IotctlError('IOT_CONTEXT_MISSING', 'there is no current context');
  return {name: wanted, ...known(config, wanted)};
}

function known(config: ConfigFile, name: string): Omit<Context, 'name'> {
  const context = Object.hasOwn(config.contexts, name) ? config.contexts[name] : undefined;
  if (context) return context;
  const names = Object.keys(config.contexts).join(', ') || 'none';
  throw new IotctlError('IOT_CONTEXT_UNKNOWN', `no context ${JSON.stringify(name)}; there are: ${names}`);
}

async function read(): Promise<ConfigFile> {
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
    if (!isMap(context) || typeof context.url !== 'string' || typeof context.token !== 'string') {
      throw new Error(`context ${name} needs a url and a token`);
    }
  }
  return {
    ...others,
    contexts: {...(contexts as ConfigFile['contexts'])},
    current: (current ?? undefined) as string,
  };
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One writer at a time, and a reader never sees half a file. What cannot be read is not overwritten. */
async function change(edit: (config: ConfigFile) => void): Promise<void> {
  const file = configFile();
  try {
    await mkdir(dirname(file), {recursive: true, mode: 0o700});
    // Where the file is a link, as in a folder of dotfiles, it stays one.
    const target = await realpath(file).catch(() => file);
    await using _lock = await lockFile(`${file}.lock`);
    const config = await read();
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
