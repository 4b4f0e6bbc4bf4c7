/** The names in an expression: which it uses, and which an event has to have for it to hold. */
import type {ASTNode} from '@marcbachmann/cel-js';
import {isOwnName, TYPE_NAME} from './event-scope.js';

export function childrenOf(node: ASTNode): ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

export const namesIn = (node: ASTNode): string[] => [...new Set(identifiersOf(node))];

const identifiersOf = (node: ASTNode): string[] =>
  node.op === 'id' ? [node.args] : childrenOf(node).flatMap(identifiersOf);

/**
 * Names without which it cannot hold. Whatever is decided by one side alone (`||`, `? :`, a function over a list, has)
 * needs neither.
 */
export function neededNames(node: ASTNode): string[] {
  switch (node.op) {
    case 'id':
      return isOwnName(node.args) ? [] : [node.args];
    case '||':
    case '?:':
    case 'call':
    case 'rcall':
      return [];
    default:
      return childrenOf(node).flatMap(neededNames);
  }
}

/** In CEL `type` is the type of types; in an event it is a text. As a function, `type(x)`, it stays what it is. */
export function renameType(node: ASTNode): void {
  if (node.op === 'id' && node.args === 'type') (node as {args: string}).args = TYPE_NAME;
  for (const child of childrenOf(node)) renameType(child);
}
