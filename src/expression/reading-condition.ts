/**
 * Conditions on the readings of one device and component, in the Common Expression Language: `temperature > 30 &&
 * humidity < 20`. Every metric is a number, so that types are checked before anything is read.
 */
import {type ASTNode, Environment} from '@marcbachmann/cel-js';
import {addMixedArithmetic} from './arithmetic.js';
import {EXPRESSION_LIMITS, refuseCostly} from './condition-limits.js';
import {namesIn} from './condition-names.js';
import {evaluated, parseExpression, refusalOf, requireBoolean} from './parse-expression.js';
import {askedBy, type MetricPlace, READING_NAMES} from './reading-paths.js';
import {type KnownReadings, ReadingScope} from './reading-scope.js';

export interface ReadingCondition {
  /** That it names. */
  readonly metrics: readonly string[];
  /** Keys of labels that it has to know; `model` is the model. */
  readonly labels: readonly string[];
  /** Undefined where that cannot be told, as it asks for something that is not known. */
  holds(known: KnownReadings): boolean | undefined;
}

const environment = newEnvironment();

function newEnvironment(): Environment {
  const made = new Environment({unlistedVariablesAreDyn: true, limits: EXPRESSION_LIMITS});
  for (const [name, type] of Object.entries(READING_NAMES)) made.registerVariable(name, type);
  addMixedArithmetic(made);
  made.registerOperator('double == int', (left: number, right: bigint) => left === Number(right));
  return made;
}

type Refuse = (message: string, node: ASTNode) => Error;

/** `name` is what the expression is called where it was given. Throws `IOT_EXPRESSION_INVALID`, saying where in it. */
export function parseReadingCondition(text: string, name: string): ReadingCondition {
  const given = {text, name};
  const refuse = refusalOf(given);
  const {ast} = parseExpression(environment, given);
  if (refuseCostly(ast, refuse) > 0)
    throw refuse('readings are numbers, and there are no lists of them', ast);
  const {places, names, labels} = askedBy(ast, refuse);
  const evaluate = parseExpression(withMetrics(places, ast, refuse), given);
  requireBoolean(evaluate, given, typesOf(ast));
  const metrics = [...new Set(places.map(({metric}) => metric))];
  const keys = [...labels, ...(names.includes('model') ? ['model'] : [])];
  const scope = new ReadingScope(places, metrics, keys);
  return {
    metrics,
    labels: keys,
    holds(known) {
      const value = evaluated(evaluate, scope.of(known));
      return typeof value === 'boolean' ? value : undefined;
    },
  };
}

/** Names that are no own ones are metrics, or begin their paths. */
const typesOf = (ast: ASTNode): Record<string, string> => ({
  ...Object.fromEntries(namesIn(ast).map(id => [id, 'a number'])),
  ...READING_NAMES,
});

interface Tree {
  [key: string]: 'double' | Tree;
}

function withMetrics(places: readonly MetricPlace[], ast: ASTNode, refuse: Refuse): Environment {
  const tree: Tree = Object.create(null);
  for (const {metric, path} of places)
    if (!grow(tree, path))
      throw refuse(`the path of another metric begins like ${metric}: write data["${metric}"]`, ast);
  const made = environment.clone();
  for (const [name, type] of Object.entries(tree)) {
    try {
      if (type === 'double') made.registerVariable(name, type);
      else made.registerVariable(name, {schema: type});
    } catch {
      throw refuse(`${name} has another meaning in an expression: write data["${name}"]`, ast);
    }
  }
  return made;
}

/** False where a metric is where the path of another goes. */
function grow(tree: Tree, [key, ...rest]: readonly string[]): boolean {
  const there = tree[key!];
  if (rest.length === 0) {
    tree[key!] = 'double';
    return there === undefined || there === 'double';
  }
  const below: 'double' | Tree = there ?? (Object.create(null) as Tree);
  tree[key!] = below;
  return below !== 'double' && grow(below, rest);
}
