/**
 * Conditions on events, in the Common Expression Language (https://github.com/google/cel-spec): `temperature > 30 &&
 * labels.site == "oslo"`. Checked before anything is read; then one look at an event takes microseconds, and no
 * expression can make it take much longer (`condition-limits.ts`).
 */
import {type ASTNode, Environment, ParseError, TypeError as TypeFault} from '@marcbachmann/cel-js';
import {IotctlError} from '../domain/errors.js';
import type {StoredEvent} from '../domain/event.js';
import {addMixedArithmetic} from './arithmetic.js';
import {EXPRESSION_LIMITS, LISTS_BYTES_MAX, refuseCostly, TEXT_CHARACTERS_MAX} from './condition-limits.js';
import {namesIn, neededNames, renameType} from './condition-names.js';
import {isOwnName, type Labels, NAMES, type Scope, scopesOf, TYPE_NAME} from './event-scope.js';

export interface Condition {
  /** Has it to know labels? Then `matches` gets them. */
  readonly usesLabels: boolean;
  /**
   * Does it hold for the event, or for one reading of it? It does not where it asks for something that the event does
   * not have.
   */
  matches(event: StoredEvent, labels: Labels): boolean;
}

type Evaluate = ReturnType<Environment['parse']>;

const environment = newEnvironment();

function newEnvironment(): Environment {
  const made = new Environment({unlistedVariablesAreDyn: true, limits: EXPRESSION_LIMITS});
  for (const [name, type] of Object.entries(NAMES)) made.registerVariable(name, type);
  addMixedArithmetic(made);
  return made;
}

/** `name` is what the expression is called where it was given. Throws `IOT_EXPRESSION_INVALID`, saying where in it. */
export function parseCondition(text: string, name: string): Condition {
  if (text.length > TEXT_CHARACTERS_MAX)
    throw invalid(name, `it is longer than ${TEXT_CHARACTERS_MAX} characters`);
  const evaluate = parsed(text, name);
  const refuse = (message: string, {range}: ASTNode): IotctlError =>
    invalid(name, `${message}, ${placeOf(text, range.start)}`);
  renameType(evaluate.ast);
  const bytesMax = refuseCostly(evaluate.ast, refuse) === 0 ? Infinity : LISTS_BYTES_MAX;
  requireBoolean(evaluate, text, name);
  const names = namesIn(evaluate.ast);
  const needed = neededNames(evaluate.ast);
  const holds = (scope: Scope): boolean => needed.every(known => known in scope) && isTrue(evaluate, scope);
  return {
    usesLabels: names.includes('labels'),
    matches: (event, labels) =>
      event.payload.length <= bytesMax && scopesOf(event, labels, names).some(holds),
  };
}

function parsed(text: string, name: string): Evaluate {
  try {
    return environment.parse(text);
  } catch (error) {
    throw faultOf(error, text, name);
  }
}

function requireBoolean(evaluate: Evaluate, text: string, name: string): void {
  const {valid, type, error} = evaluate.check();
  if (!valid) throw faultOf(error, text, name, evaluate.ast);
  if (type !== 'bool' && type !== 'dyn')
    throw invalid(name, `it gives ${type ?? 'nothing'}, and a condition gives true or false`);
}

/** What cannot be evaluated for an event does not hold for it. */
function isTrue(evaluate: Evaluate, scope: Scope): boolean {
  // A fleet has many events that lack a metric: where that was found is not asked, and would cost most of the time.
  const {stackTraceLimit} = Error;
  Error.stackTraceLimit = 0;
  try {
    return evaluate(scope) === true;
  } catch {
    return false;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function faultOf(error: unknown, text: string, name: string, ast?: ASTNode): unknown {
  if (!(error instanceof ParseError || error instanceof TypeFault)) return error;
  const start = error.range?.start ?? 0;
  const ended = error.code === 'unexpected_token' && start >= text.trimEnd().length;
  const what = ended ? 'it ends where a value was expected' : (HINTS[error.code] ?? shown(error.summary));
  const types = ended || ast === undefined ? '' : typesIn(ast, text.slice(start, error.range?.end));
  return invalid(name, `${what}${types}, ${placeOf(text, start)}`);
}

const HINTS: Readonly<Record<string, string>> = {
  invalid_macro_argument: 'has() expects a path, such as has(data.temperature)',
};

/** Which of our own names the faulty part uses, and what they are: `; device is string`. */
function typesIn(ast: ASTNode, part: string): string {
  const told = namesIn(ast)
    .filter(isOwnName)
    .filter(id => part.includes(shown(id)))
    .map(id => `; ${shown(id)} is ${shown(NAMES[id])}`);
  return told.join('');
}

/** As people write it. */
const shown = (text: string): string => text.replaceAll(TYPE_NAME, 'type').replaceAll('google.protobuf.', '');

const placeOf = (text: string, start: number): string =>
  `at character ${start + 1} of ${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)}`;

const invalid = (name: string, message: string): IotctlError =>
  new IotctlError('IOT_EXPRESSION_INVALID', `${name}: ${message}`);
