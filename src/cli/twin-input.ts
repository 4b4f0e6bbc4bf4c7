/** What is to become of a twin, as it is typed: `path=value`, JSON, or a file. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlError} from '../domain/errors.js';
import {isJsonObject, type JsonObject} from '../domain/json.js';
import type {TwinSection} from '../domain/twin.js';
import {readInput} from './lines-in.js';

export const twinArgs = {
  id: Args.string({
    description: 'the id of a device, or several, - reads ids from stdin; then path=value, or JSON',
  }),
};

export const twinFlags = {
  file: Flags.string({char: 'f', description: 'a JSON file, - for stdin [default: none]'}),
  tags: Flags.boolean({description: 'change the tags, which the device does not see, instead of desired'}),
  'if-version': Flags.integer({
    min: 0,
    description:
      'only if that part of the twin is at that version still; for one device [default: whatever it is]',
  }),
};

interface TwinInputFlags {
  readonly file?: string | undefined;
  readonly tags: boolean;
}

export interface TwinInput {
  /** Words that name devices. */
  readonly ids: readonly string[];
  readonly section: TwinSection;
  readonly document: JsonObject;
}

/** No id holds a `=` or begins with a brace. Throws `IOT_USAGE` or `IOT_INPUT_INVALID`. */
export async function twinInput(words: readonly string[], {file, tags}: TwinInputFlags): Promise<TwinInput> {
  const isContent = (word: string): boolean => word.includes('=') || word.startsWith('{');
  const typed = words.filter(isContent);
  const ids = words.filter(word => !isContent(word));
  if (typed.length === 0 && file === undefined)
    throw new IotctlError('IOT_USAGE', 'nothing to set: give path=value, JSON, or -f FILE');
  if (file === '-' && ids.includes('-'))
    throw new IotctlError('IOT_USAGE', 'stdin can give either the ids or the document, not both');
  const fromFile = file === undefined ? {} : parseDocument((await readInput(file)).toString('utf8'), file);
  const document = typed.reduce(
    (before, word) =>
      mergeTyped(before, word.startsWith('{') ? parseDocument(word, 'argument') : assigned(word)),
    fromFile,
  );
  return {ids, section: tags ? 'tags' : 'desired', document};
}

/** Nulls have to arrive: they are what takes properties away. */
function mergeTyped(before: JsonObject, more: JsonObject): JsonObject {
  const merged = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(more)) {
    const old = merged.get(key);
    merged.set(key, isJsonObject(old) && isJsonObject(value) ? mergeTyped(old, value) : value);
  }
  return Object.fromEntries(merged);
}

/** `door.open=true`: JSON where it is some, else a text. */
function assigned(word: string): JsonObject {
  const at = word.indexOf('=');
  const keys = word.slice(0, at).split('.');
  if (keys.includes(''))
    throw new IotctlError('IOT_USAGE', `not path=value: ${JSON.stringify(word.slice(0, 80))}`);
  return keys.reduceRight<unknown>(
    (value, key) => Object.fromEntries([[key, value]]),
    typedValue(word.slice(at + 1)),
  ) as JsonObject;
}

function typedValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function parseDocument(text: string, source: string): JsonObject {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new IotctlError('IOT_INPUT_INVALID', `${source} is not JSON: ${(error as Error).message}`);
  }
  if (!isJsonObject(document)) throw new IotctlError('IOT_INPUT_INVALID', `${source} is not a JSON object`);
  return document;
}
