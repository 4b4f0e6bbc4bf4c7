/** A statement as DuckDB's own parser sees it (`json_serialize_sql`). */
import {IotctlError} from '../domain/errors.js';

export type Node = Readonly<Record<string, unknown>>;

export const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** Of a function that is called, in lower case; empty where none is. */
export const nameOf = (node: Node): string =>
  typeof node.function_name === 'string' ? node.function_name.toLowerCase() : '';

export const refused = (why: string): IotctlError =>
  new IotctlError('IOT_QUERY_REFUSED', `this query is not allowed: ${why}`);
