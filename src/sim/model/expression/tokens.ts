/** Words and signs of an expression. */

export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'end';
  /** Of a text and of a name in backquotes, what is between the quotes. */
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

/** What is wrong with an expression, and where. */
export class ExpressionError extends RangeError {
  constructor(message: string, column: number) {
    super(`${message} (character ${column} of the expression)`);
  }
}

const TOKEN =
  /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)|`(?<quoted>[^`]+)`|"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<sign><=|>=|==|!=|&&|\|\||[-+*/%^<>!?:(),]))/y;

/** Throws an ExpressionError for a character that begins nothing. */
export function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (expression.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(expression)?.groups;
    const column = at + 1 + expression.slice(at).search(/\S/);
    if (!groups)
      throw new ExpressionError(`${JSON.stringify(expression[column - 1])} is not understood`, column);
    const {number, name, quoted, double, single, sign} = groups;
    if (number !== undefined) tokens.push({kind: 'number', text: number, column});
    else if (sign !== undefined) tokens.push({kind: 'sign', text: sign, column});
    else if ((name ?? quoted) !== undefined) tokens.push({kind: 'name', text: (name ?? quoted)!, column});
    else tokens.push({kind: 'text', text: (double ?? single)!, column});
    at = TOKEN.lastIndex;
  }
  tokens.push({kind: 'end', text: 'the end', column: expression.length + 1});
  return tokens;
}
