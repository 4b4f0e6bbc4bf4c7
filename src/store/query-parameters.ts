/** Values for the parameters of a statement: `?` and `$1` by number, `$name` by name. */
import {type DuckDBPreparedStatement, DuckDBTypeId, type DuckDBValue} from '@duckdb/node-api';
import {IotctlError} from '../domain/errors.js';
import type {QueryValue} from '../domain/query.js';

/** Throws `IOT_QUERY_INVALID` for a parameter without a value, and for a value without a parameter. */
export function bindParameters(
  prepared: DuckDBPreparedStatement,
  values: Readonly<Record<string, QueryValue>>,
): void {
  const given = new Map(Object.entries(values));
  for (let index = 1; index <= prepared.parameterCount; index++) {
    const name = prepared.parameterName(index);
    const value = given.get(name);
    if (value === undefined) throw invalid(`there is no value for the parameter $${name}`);
    given.delete(name);
    prepared.bindValue(index, boundValue(value, prepared.parameterTypeId(index)));
  }
  const [stranger] = given.keys();
  if (stranger !== undefined) throw invalid(`the statement has no parameter $${stranger}`);
}

/** A number that is compared with texts is one of them: an id may look like a number. */
function boundValue(value: QueryValue, type: DuckDBTypeId): DuckDBValue {
  if (typeof value !== 'number') return value;
  if (type === DuckDBTypeId.VARCHAR) return String(value);
  return Number.isSafeInteger(value) && Math.abs(value) > 2 ** 31 ? BigInt(value) : value;
}

const invalid = (message: string): IotctlError => new IotctlError('IOT_QUERY_INVALID', message);
