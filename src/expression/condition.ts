/**
 * Conditions on events, in the Common Expression Language (https://github.com/google/cel-spec): `temperature > 30 &&
 * labels.site == "oslo"`. Checked before anything is read; then one look at an event takes microseconds, and no
 * expression can make it take much longer (`condition-limits.ts`).
 */
import {Environment} from '@marcbachmann/cel-js';
import type {StoredEvent} from '../domain/event.js';
import {addMixedArithmetic} from './arithmetic.js';
import {EXPRESSION_LIMITS, LISTS_BYTES_MAX, refuseCostly} from './condition-limits.js';
import {namesIn, neededNames, renameType} from './condition-names.js';
import {type Labels, NAMES, type Scope, scopesOf} from './event-scope.js';
import {evaluated, parseExpression, refusalOf, requireBoolean} from './parse-expression.js';

export interface Condition {
  /** Has it to know labels? Then `matches` gets them. */
  readonly usesLabels: boolean;
  /**
   * Does it hold for the event, or for one reading of it? It does not where it asks for something that the event does
   * not have.
   */
  matches(event: StoredEvent, labels: Labels): boolean;
}

const environment = newEnvironment();

function newEnvironment(): Environment {
  const made = new Environment({unlistedVariablesAreDyn: true, limits: EXPRESSION_LIMITS});
  for (const [name, type] of Object.entries(NAMES)) made.registerVariable(name, type);
  addMixedArithmetic(made);
  return made;
}

/** `name` is what the expression is called where it was given. Throws `IOT_EXPRESSION_INVALID`, saying where in it. */
export function parseCondition(text: string, name: string): Condition {
  const given = {text, name};
  const evaluate = parseExpression(environment, given);
  renameType(evaluate.ast);
  const bytesMax = refuseCostly(evaluate.ast, refusalOf(given)) === 0 ? Infinity : LISTS_BYTES_MAX;
  requireBoolean(evaluate, given, NAMES);
  const names = namesIn(evaluate.ast);
  const needed = neededNames(evaluate.ast);
  // What cannot be evaluated for an event does not hold for it.
  const holds = (scope: Scope): boolean =>
    needed.every(known => known in scope) && evaluated(evaluate, scope) === true;
  return {
    usesLabels: names.includes('labels'),
    matches: (event, labels) =>
      event.payload.length <= bytesMax && scopesOf(event, labels, names).some(holds),
  };
}
