/** Queries that a project keeps: `queries:` of its `iotctl.yaml`. */
import {readFile} from 'node:fs/promises';
import {IotctlError} from '../domain/errors.js';
import type {QueryValue} from '../domain/query.js';
import {findProjectFile} from './settings-file.js';

export interface SavedQuery {
  readonly name: string;
  readonly description: string | undefined;
  readonly sql: string;
  /** What parameters are where nothing else is said. */
  readonly params: Readonly<Record<string, QueryValue>>;
}

const NAME = /^[A-Za-z][\w-]{0,63}$/;
const KEYS = ['sql', 'description', 'params'];

export const isQueryName = (text: string): boolean => NAME.test(text);

/** By name; none where there is no project file. Throws `IOT_INPUT_INVALID`, naming what is wrong in it. */
export async function savedQueries(): Promise<ReadonlyMap<string, SavedQuery>> {
  const path = findProjectFile(process.cwd());
  if (path === undefined) return new Map();
  const text = await readFile(path, 'utf8');
  if (!text.includes('queries')) return new Map();
  const {parse} = await import('yaml');
  const content: unknown = parse(text);
  const queries = isMap(content) ? (content.queries ?? {}) : {};
  if (!isMap(queries)) throw invalid(path, 'queries is not a map of names to queries');
  return new Map(Object.entries(queries).map(([name, entry]) => [name, readQuery(path, name, entry)]));
}

function readQuery(path: string, name: string, entry: unknown): SavedQuery {
  if (!isQueryName(name)) throw invalid(path, `${JSON.stringify(name)} is not a name for a query`);
  const {
    sql,
    description,
    params = {},
    ...others
  }: Record<string, unknown> = typeof entry === 'string' ? {sql: entry} : isMap(entry) ? entry : {};
  const [stranger] = Object.keys(others);
  if (stranger !== undefined)
    throw invalid(path, `queries.${name}: no key ${stranger}; known are ${KEYS.join(', ')}`);
  if (typeof sql !== 'string') throw invalid(path, `queries.${name} has no sql`);
  if (description !== undefined && typeof description !== 'string')
    throw invalid(path, `queries.${name}.description is not a text`);
  if (!isMap(params) || !Object.values(params).every(isValue))
    throw invalid(path, `queries.${name}.params is not a map of names to plain values`);
  return {name, description, sql, params: params as SavedQuery['params']};
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isValue = (value: unknown): boolean =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

const invalid = (path: string, message: string): IotctlError =>
  new IotctlError('IOT_INPUT_INVALID', `${path}: ${message}`);
