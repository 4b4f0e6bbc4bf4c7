/** Fleet files: what should be there. Several documents, and several files, are one fleet. */
import {dirname, resolve} from 'node:path';
import {IotctlError} from '../domain/errors.js';
import type {Fleet} from '../domain/fleet.js';
import {readModelFile} from './model-file.js';
import {readYamlFile, type YamlDocument} from './yaml-file.js';

const BYTES_MAX = 16 * 1024 * 1024;

/** The lists of a fleet; the platform says what is wrong inside of them. */
const LISTS = ['models', 'groups', 'devices', 'configurations'] as const satisfies readonly (keyof Fleet)[];
type List = (typeof LISTS)[number];

/** Where an entry of a list was written. */
type Place = (inside: readonly string[]) => string;

interface Entry {
  readonly value: unknown;
  readonly place: Place;
}

export class FleetFiles {
  readonly #lists: ReadonlyMap<List, readonly Entry[]>;

  private constructor(lists: ReadonlyMap<List, readonly Entry[]>) {
    this.#lists = lists;
  }

  /** A model may be named by its file, beside the fleet's. Throws `IOT_INPUT_INVALID`. */
  static async read(paths: readonly string[]): Promise<FleetFiles> {
    const lists = new Map<List, Entry[]>();
    for (const path of paths)
      for (const document of await readYamlFile(path, BYTES_MAX))
        for (const list of listsOf(path, document)) {
          const entries = await entriesOf(path, document, list);
          lists.set(list, [...(lists.get(list) ?? []), ...entries]);
        }
    return new FleetFiles(lists);
  }

  get fleet(): Fleet {
    return Object.fromEntries(
      [...this.#lists].map(([list, entries]) => [list, entries.map(({value}) => value)]),
    );
  }

  /** What the platform says is wrong with an entry, with the line where it stands; any other error as it is. */
  located(error: unknown): unknown {
    if (!(error instanceof IotctlError) || error.code !== 'IOT_REQUEST_INVALID') return error;
    const found = error.message.split(', body/').map(text => this.#locate(text.replace(/^body\//, '')));
    if (found.includes(undefined)) return error;
    return new IotctlError('IOT_INPUT_INVALID', found.join('; '), {cause: error});
  }

  /** `devices/0/labels/site Invalid input: …`, in the words of the API. */
  #locate(text: string): string | undefined {
    const [, list, index, rest = '', what] = /^(\w+)\/(\d+)((?:\/\S+)?) (.+)$/s.exec(text) ?? [];
    const entry = this.#lists.get(list as List)?.[Number(index)];
    if (!entry) return undefined;
    const inside = rest.split('/').slice(1);
    return `${entry.place(inside)}: ${[`${list}[${index}]`, ...inside].join('.')}: ${what}`;
  }
}

function listsOf(path: string, {value}: YamlDocument): List[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new IotctlError('IOT_INPUT_INVALID', `${path} is no fleet: it has to have ${LISTS.join(' or ')}`);
  return Object.entries(value).map(([key, list]) => {
    if (!(LISTS as readonly string[]).includes(key))
      throw new IotctlError('IOT_INPUT_INVALID', `${path}: ${key} is none of ${LISTS.join(', ')}`);
    if (!Array.isArray(list)) throw new IotctlError('IOT_INPUT_INVALID', `${path}: ${key} is not a list`);
    return key as List;
  });
}

async function entriesOf(path: string, {value, lineOf}: YamlDocument, list: List): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const [index, entry] of ((value as Record<List, unknown[]>)[list] ?? []).entries()) {
    if (list === 'models' && typeof entry === 'string') {
      const file = resolve(dirname(path), entry);
      for (const model of await readModelFile(file)) entries.push({value: model, place: () => file});
    } else {
      entries.push({value: entry, place: inside => `${path}:${lineOf([list, index, ...inside])}`});
    }
  }
  return entries;
}
