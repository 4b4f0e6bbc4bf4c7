/** Which statement is meant: one that is typed, in a file, on stdin, or kept in the project file. */
import {isQueryName, savedQueries} from '../../client/saved-queries.js';
import {IotctlError} from '../../domain/errors.js';
import {readInput} from '../lines-in.js';
import {type Parameters, readParameters} from './parameters.js';

export interface Statement {
  readonly sql: string;
  readonly parameters: Parameters;
}

/** `words` are the arguments of the command, `named` those of `--param`. Undefined where there is no statement. */
export async function statementOf(
  words: readonly string[],
  {file, named}: {file: string | undefined; named: readonly string[]},
): Promise<Statement | undefined> {
  if (file !== undefined)
    return {sql: (await readInput(file)).toString('utf8'), parameters: readParameters(named, words)};
  const [first, ...others] = words;
  if (first === undefined) return undefined;
  const parameters = readParameters(named, others);
  if (first === '-') return {sql: (await readInput('-')).toString('utf8'), parameters};
  return isQueryName(first) ? await savedStatement(first, parameters) : {sql: first, parameters};
}

/** One word is the name of a query, where the project keeps any. */
async function savedStatement(name: string, parameters: Parameters): Promise<Statement> {
  const queries = await savedQueries();
  const saved = queries.get(name);
  if (saved) return {sql: saved.sql, parameters: {...saved.params, ...parameters}};
  if (queries.size === 0) return {sql: name, parameters};
  throw new IotctlError(
    'IOT_USAGE',
    `no query ${name} in the project file; there are ${[...queries.keys()].join(', ')}`,
  );
}
