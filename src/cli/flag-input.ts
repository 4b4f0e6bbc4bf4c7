/** What stands behind the flags of a command: the variables of the environment, and what was left unset. */
import {envNameOf} from './settings.js';

/**
 * Gives every flag its variable, `IOTCTL_{FLAG}`, where it names none itself; `''` is none at all. One that may be given several
 * times has none: oclif would take the text of a variable for the list. And leaves stdin alone: oclif would read it for an
 * argument that is missing, and swallow what a loop of the shell meant for its next round.
 */
export function prepared<T extends {flags?: object; baseFlags?: object; args?: object}>(input: T): T {
  const named = (flag: {env?: string; multiple?: boolean}, name: string): object => ({
    ...flag,
    env: flag.multiple === true ? '' : (flag.env ?? envNameOf(name)),
  });
  return {
    ...input,
    flags: mapValues(input.flags ?? {}, named),
    baseFlags: mapValues(input.baseFlags ?? {}, named),
    args: mapValues(input.args ?? {}, arg => ({...arg, ignoreStdin: true})),
  };
}

const mapValues = (map: object, change: (value: object, key: string) => object): object =>
  Object.fromEntries(
    Object.entries(map as Record<string, object>).map(([key, value]) => [key, change(value, key)]),
  );

/** The flags that neither the arguments nor the environment set. */
export function unsetFlags(
  input: {flags?: object; baseFlags?: object},
  parsed: {
    flags: object;
    metadata: {flags: Readonly<Record<string, {setFromDefault?: boolean} | undefined>>};
  },
): string[] {
  return Object.keys({...input.baseFlags, ...input.flags}).filter(
    name => !Object.hasOwn(parsed.flags, name) || parsed.metadata.flags[name]?.setFromDefault === true,
  );
}
