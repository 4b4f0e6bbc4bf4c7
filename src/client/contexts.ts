/**
 * Contexts: which platforms there are to speak to, in `$XDG_CONFIG_HOME/iotctl/config.yaml`, readable by its owner only.
 */
import {chmod, mkdir, open, readFile, rename, rm, stat, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';
import {IotctlError} from '../domain/errors.js';

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

/** A writer that takes longer than this has died: its lock no longer counts. */
const LOCK_STALE_MS = 5000;
const LOCK_RETRY_MS = 20;

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

/** Flag, then IOTCTL_URL with IOTCTL_TOKEN, then IOTCTL_CONTEXT, then the current one. */
export async function resolveContext(name?: string): Promise<Context> {
  const {IOTCTL_URL: url, IOTCTL_TOKEN: token, IOTCTL_CONTEXT: chosen} = process.env;
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
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {contexts: {}};
    throw new IotctlError('IOT_INPUT_INVALID', `cannot read ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  try {
    return checked((await parse(text)) as Partial<ConfigFile>);
  } catch (error) {
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `${file} cannot be used: ${(error as Error).message.split('\n')[0]}`,
    );
  }
}

/**
 * We write JSON, which is YAML too (YAML 1.2, 1.3) and is read in no time; whoever edits the file may use any YAML, and
 * then pays for loading its parser.
 */
async function parse(text: string): Promise<unknown> {
  if (text.startsWith('{')) return JSON.parse(text) as unknown;
  const yaml = await import('yaml');
  return yaml.parse(text) ?? {};
}

function checked(config: Partial<ConfigFile>): ConfigFile {
  const {contexts = {}, current, ...others} = config;
  if (typeof contexts !== 'object' || Array.isArray(contexts)) throw new Error('`contexts` is not a mapping');
  for (const [name, context] of Object.entries(contexts)) {
    if (typeof context?.url !== 'string' || typeof context.token !== 'string') {
      throw new Error(`context ${name} needs a url and a token`);
    }
  }
  return {...others, contexts, current};
}

/** One writer at a time, and a reader never sees half a file. */
async function change(edit: (config: ConfigFile) => void): Promise<void> {
  const file = configFile();
  await mkdir(dirname(file), {recursive: true, mode: 0o700});
  const unlock = await lock(`${file}.lock`);
  try {
    const config = await read();
    edit(config);
    await writeFile(`${file}.new`, `${JSON.stringify(config, null, 2)}\n`, {mode: 0o600});
    await chmod(`${file}.new`, 0o600);
    await rename(`${file}.new`, file);
  } finally {
    await unlock();
  }
}

async function lock(file: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await (await open(file, 'wx', 0o600)).close();
      return () => rm(file, {force: true});
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const held = await stat(file).catch(() => undefined);
      if (held && Date.now() - held.mtimeMs > LOCK_STALE_MS) await rm(file, {force: true});
      else await new Promise(resolve => setTimeout(resolve, LOCK_RETRY_MS));
    }
  }
}
