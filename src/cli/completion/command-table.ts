/** What can be completed where, drawn from the commands that oclif knows; the shells' scripts are made from it. */
import type {Command} from '@oclif/core';

/** `@devices` and the like are asked of `iotctl complete` when they are needed. */
export type Candidates = readonly string[];

export interface CommandTable {
  /** The words after the binary, joined by blanks, with the words that may follow. */
  readonly words: ReadonlyMap<string, Candidates>;
  /** Each command with its flags. */
  readonly flags: ReadonlyMap<string, Candidates>;
  /** Each command and flag, as `device list --output`, with the values of the flag. */
  readonly values: ReadonlyMap<string, Candidates>;
}

/** Flags and arguments whose values only the platform, or the configuration, knows. */
const DYNAMIC: Readonly<Record<string, string>> = {
  device: '@devices',
  context: '@contexts',
  user: '@users',
  baseline: '@runs',
};
/** Only as an argument: the flag `--run` names a run that is to come. */
const DYNAMIC_ARGUMENTS: Readonly<Record<string, string>> = {...DYNAMIC, run: '@runs'};
/** What the `id` or `name` of a noun is. */
const DYNAMIC_OF_NOUN: Readonly<Record<string, string>> = {
  device: '@devices',
  context: '@contexts',
  token: '@tokens',
  user: '@users',
  tenant: '@tenants',
};
/** Verbs that make something new: there is nothing to complete. */
const MAKING: readonly string[] = ['create', 'add'];

export function commandTable(commands: readonly Command.Loadable[]): CommandTable {
  const words = new Map<string, string[]>();
  const flags = new Map<string, string[]>();
  const values = new Map<string, string[]>();
  for (const command of commands) {
    if (command.hidden) continue;
    const path = command.id.split(':');
    for (const [depth, word] of path.entries()) addTo(words, path.slice(0, depth).join(' '), word);
    const name = path.join(' ');
    const argument = argumentOf(command, path);
    if (argument !== undefined) for (const word of argument) addTo(words, name, word);
    flags.set(name, ['--help', ...Object.keys(command.flags).map(flag => `--${flag}`)]);
    for (const [flag, {char, options}] of Object.entries(command.flags) as [string, FlagShape][]) {
      const candidates = options ?? (DYNAMIC[flag] === undefined ? undefined : [DYNAMIC[flag]]);
      if (candidates === undefined) continue;
      values.set(`${name} --${flag}`, [...candidates]);
      if (char !== undefined) values.set(`${name} -${char}`, [...candidates]);
    }
  }
  return {words, flags, values};
}

interface FlagShape {
  readonly char?: string;
  readonly options?: readonly string[];
}

function argumentOf(command: Command.Loadable, path: readonly string[]): Candidates | undefined {
  const first = Object.entries(command.args)[0];
  if (first === undefined) return undefined;
  const [name, {options}] = first;
  if (options !== undefined) return options;
  if (DYNAMIC_ARGUMENTS[name] !== undefined) return [DYNAMIC_ARGUMENTS[name]];
  if (MAKING.includes(path.at(-1)!)) return undefined;
  // A noun within a noun, as in `device group-key delete`, has names of its own.
  const dynamic = path.length === 2 ? DYNAMIC_OF_NOUN[path[0]!] : undefined;
  return dynamic === undefined ? undefined : [dynamic];
}

function addTo(map: Map<string, string[]>, key: string, word: string): void {
  const words = map.get(key) ?? [];
  if (!words.includes(word)) words.push(word);
  map.set(key, words);
}
