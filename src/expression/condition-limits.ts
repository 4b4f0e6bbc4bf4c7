/**
 * What an expression may be, so that evaluating it takes no longer than its length and the event's size say: macros do
 * not nest, none makes a list longer, and regular expressions, which can run for ever, are not there.
 */
import type {ASTNode} from '@marcbachmann/cel-js';
import {childrenOf} from './condition-names.js';
import {SCALARS} from './event-scope.js';

export const TEXT_CHARACTERS_MAX = 4000;

export const EXPRESSION_LIMITS = {
  maxAstNodes: 500,
  maxDepth: 32,
  maxListElements: 400,
  maxMapEntries: 20,
  maxCallArguments: 3,
};

const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter']);

const FUNCTIONS: ReadonlySet<string> = new Set([
  ...MACROS,
  ...['has', 'size', 'contains', 'startsWith', 'endsWith', 'lowerAscii', 'upperAscii', 'trim', 'substring'],
  ...['indexOf', 'lastIndexOf', 'bool', 'double', 'int', 'string', 'timestamp', 'duration', 'type', 'dyn'],
  ...['getFullYear', 'getMonth', 'getDate', 'getDayOfMonth', 'getDayOfWeek', 'getDayOfYear'],
  ...['getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'],
]);

/** Each goes through its list once. */
const MACROS_MAX = 4;

/** A list in a larger event is not looked through. */
export const LISTS_BYTES_MAX = 32 * 1024;

type Refuse = (message: string, node: ASTNode) => Error;

/** Throws what `refuse` makes of the first part that could take long. Gives the number of functions over lists. */
export function refuseCostly(node: ASTNode, refuse: Refuse): number {
  const macros = macrosOf(node, refuse);
  if (macros > MACROS_MAX) throw refuse(`more than ${MACROS_MAX} functions over lists`, node);
  return macros;
}

/** `variable` is what the function over a list calls its elements that this is inside of. */
function macrosOf(node: ASTNode, refuse: Refuse, variable?: string): number {
  if (node.op === 'id' && variable !== undefined) requireSmall(node, node.args, variable, refuse);
  if (node.op === 'call' || node.op === 'rcall') requireKnown(node, node.args[0], refuse);
  if (node.op !== 'rcall' || !MACROS.has(node.args[0])) {
    let macros = 0;
    for (const child of childrenOf(node)) macros += macrosOf(child, refuse, variable);
    return macros;
  }
  const [name, list, [element, ...inside]] = node.args;
  if (variable !== undefined) throw refuse(`${name}() inside another function over a list`, node);
  for (const part of inside) macrosOf(part, refuse, element?.op === 'id' ? element.args : '');
  return 1 + macrosOf(list, refuse);
}

function requireKnown(node: ASTNode, name: string, refuse: Refuse): void {
  if (!FUNCTIONS.has(name)) throw refuse(`there is no function ${name}()`, node);
}

/** Looking through a whole reading for each element of a list would take the square of its size. */
function requireSmall(node: ASTNode, name: string, variable: string, refuse: Refuse): void {
  if (name === variable || SCALARS.has(name)) return;
  throw refuse(
    `${name} inside a function over a list, where only ${variable || 'its variable'} is known`,
    node,
  );
}
