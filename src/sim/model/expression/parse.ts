/**
 * Expressions over metrics, as a tree. Operators and their ranks are those of C, with `^` for powers, which is
 * evaluated from the right and before a minus in front.
 */
import {ExpressionError, type Token, tokensOf} from './tokens.js';

export type Node =
  | {readonly kind: 'number'; readonly value: number; readonly column: number}
  | {readonly kind: 'text'; readonly value: string; readonly column: number}
  | {readonly kind: 'name'; readonly name: string; readonly column: number}
  | {readonly kind: 'not' | 'minus'; readonly of: Node; readonly column: number}
  | {
      readonly kind: 'binary';
      readonly sign: string;
      readonly left: Node;
      readonly right: Node;
      readonly column: number;
    }
  | {
      readonly kind: 'choice';
      readonly condition: Node;
      readonly yes: Node;
      readonly no: Node;
      readonly column: number;
    }
  | {readonly kind: 'call'; readonly name: string; readonly args: readonly Node[]; readonly column: number};

const RANKS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
];

/** Deeper than anybody writes, and far from the end of the stack. */
const DEPTH_MAX = 50;

/** Throws an ExpressionError. */
export function parseExpression(expression: string): Node {
  const parser = new Parser(tokensOf(expression));
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Node {
    const node = this.#choice();
    this.#demandKind('end');
    return node;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #choice(): Node {
    const {column} = this.#token;
    if (++this.#depth > DEPTH_MAX) throw new ExpressionError(`nested deeper than ${DEPTH_MAX}`, column);
    let node = this.#binary(0);
    if (this.#take('?')) {
      const yes = this.#choice();
      this.#demand(':');
      node = {kind: 'choice', condition: node, yes, no: this.#choice(), column};
    }
    this.#depth--;
    return node;
  }

  #binary(rank: number): Node {
    const signs = RANKS[rank];
    if (!signs) return this.#front();
    let left = this.#binary(rank + 1);
    for (;;) {
      const {text, kind, column} = this.#token;
      if (kind !== 'sign' || !signs.includes(text)) return left;
      this.#at++;
      left = {kind: 'binary', sign: text, left, right: this.#binary(rank + 1), column};
    }
  }

  #front(): Node {
    const {column} = this.#token;
    const isMinus = this.#take('-');
    if (!isMinus && !this.#take('!')) return this.#power();
    if (++this.#depth > DEPTH_MAX) throw new ExpressionError(`nested deeper than ${DEPTH_MAX}`, column);
    const of = this.#front();
    this.#depth--;
    return {kind: isMinus ? 'minus' : 'not', of, column};
  }

  #power(): Node {
    const left = this.#operand();
    const {column} = this.#token;
    if (!this.#take('^')) return left;
    return {kind: 'binary', sign: '^', left, right: this.#front(), column};
  }

  #operand(): Node {
    const {kind, text, column} = this.#token;
    this.#at++;
    if (kind === 'number') return {kind, value: Number(text), column};
    if (kind === 'text') return {kind, value: text, column};
    if (kind === 'name') return this.#take('(') ? this.#call(text, column) : {kind, name: text, column};
    if (kind === 'sign' && text === '(') {
      const node = this.#choice();
      this.#demand(')');
      return node;
    }
    throw new ExpressionError(`expected a value, and there is ${text}`, column);
  }

  #call(name: string, column: number): Node {
    const args: Node[] = [];
    if (!this.#take(')')) {
      do args.push(this.#choice());
      while (this.#take(','));
      this.#demand(')');
    }
    return {kind: 'call', name, args, column};
  }

  #take(sign: string): boolean {
    const {kind, text} = this.#token;
    if (kind !== 'sign' || text !== sign) return false;
    this.#at++;
    return true;
  }

  #demand(sign: string): void {
    const {text, column} = this.#token;
    if (!this.#take(sign)) throw new ExpressionError(`expected ${sign}, and there is ${text}`, column);
  }

  #demandKind(wanted: Token['kind']): void {
    const {kind, text, column} = this.#token;
    if (kind !== wanted) throw new ExpressionError(`expected an operator, and there is ${text}`, column);
  }
}
