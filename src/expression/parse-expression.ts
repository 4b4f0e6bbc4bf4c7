/** Expressions as they are given: parsed and checked, with what is wrong said in the words of whoever wrote it. */
import {type ASTNode, type Environment, ParseError, TypeError as TypeFault} from '@marcbachmann/cel-js';
import {IotctlError} from '../domain/errors.js';
import {TEXT_CHARACTERS_MAX} from './condition-limits.js';
import {namesIn} from './condition-names.js';
import {TYPE_NAME} from './event-scope.js';

export type Evaluate = ReturnType<Environment['parse']>;

/** `name` is what the expression is called where it was given. */
export interface Given {
  readonly text: string;
  readonly name: string;
}

/** Throws `IOT_EXPRESSION_INVALID`, saying where in it. */
export function parseExpression(environment: Environment, given: Given): Evaluate {
  const {text, name} = given;
  if (text.length > TEXT_CHARACTERS_MAX)
    throw invalid(name, `it is longer than ${TEXT_CHARACTERS_MAX} characters`);
  try {
    return environment.parse(text);
  } catch (error) {
    throw faultOf(error, given);
  }
}

/** `types` are those of the names that an error may have to explain. Throws `IOT_EXPRESSION_INVALID`. */
export function requireBoolean(
  evaluate: Evaluate,
  given: Given,
  types: Readonly<Record<string, string>>,
): void {
  const {valid, type, error} = evaluate.check();
  if (!valid) throw faultOf(error, given, {ast: evaluate.ast, types});
  if (type !== 'bool' && type !== 'dyn')
    throw invalid(given.name, `it gives ${type ?? 'nothing'}, and a condition gives true or false`);
}

/** Makes errors that say where in the expression something is that cannot be. */
export const refusalOf =
  ({text, name}: Given) =>
  (message: string, {range}: ASTNode): IotctlError =>
    invalid(name, `${message}, ${placeOf(text, range.start)}`);

/** What the expression gives; undefined where it cannot be evaluated for these values. */
export function evaluated(evaluate: Evaluate, scope: Readonly<Record<string, unknown>>): unknown {
  // A fleet has many events that lack a metric: where that was found is not asked, and would cost most of the time.
  const {stackTraceLimit} = Error;
  Error.stackTraceLimit = 0;
  try {
    return evaluate(scope);
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

interface Checked {
  readonly ast: ASTNode;
  readonly types: Readonly<Record<string, string>>;
}

function faultOf(error: unknown, {text, name}: Given, checked?: Checked): unknown {
  if (!(error instanceof ParseError || error instanceof TypeFault)) return error;
  const start = error.range?.start ?? 0;
  const ended = error.code === 'unexpected_token' && start >= text.trimEnd().length;
  const what = ended ? 'it ends where a value was expected' : (HINTS[error.code] ?? shown(error.summary));
  const types = ended || checked === undefined ? '' : typesIn(checked, text.slice(start, error.range?.end));
  return invalid(name, `${what}${types}, ${placeOf(text, start)}`);
}

const HINTS: Readonly<Record<string, string>> = {
  invalid_macro_argument: 'has() expects a path, such as has(data.temperature)',
};

/** Which names that we know the faulty part uses, and what they are: `; device is string`. */
function typesIn({ast, types}: Checked, part: string): string {
  const told = namesIn(ast)
    .filter(id => Object.hasOwn(types, id) && part.includes(shown(id)))
    .map(id => `; ${shown(id)} is ${shown(types[id]!)}`);
  return told.join('');
}

/** As people write it. */
const shown = (text: string): string => text.replaceAll(TYPE_NAME, 'type').replaceAll('google.protobuf.', '');

const placeOf = (text: string, start: number): string =>
  `at character ${start + 1} of ${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)}`;

const invalid = (name: string, message: string): IotctlError =>
  new IotctlError('IOT_EXPRESSION_INVALID', `${name}: ${message}`);
