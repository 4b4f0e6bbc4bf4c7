/** From the tree of an expression to a function of a device: closures, never text that is run. */
import type {ValueSpec} from '../../../domain/model.js';
import type {GeneratorContext} from '../generator.js';
import {type Evaluate, FUNCTIONS, VARIABLES} from './functions.js';
import {type Node, parseExpression} from './parse.js';
import {ExpressionError} from './tokens.js';

export type Kind = 'number' | 'truth' | 'text';

export interface Expression {
  readonly kind: Kind;
  readonly evaluate: Evaluate;
  /** Texts that it may give; undefined where these are any. */
  readonly texts: readonly string[] | undefined;
}

/** Throws an ExpressionError. What it reads of other metrics is told to the context, which orders them by that. */
export const compileExpression = (context: GeneratorContext, text: string): Expression =>
  new ExpressionCompiler(context).compile(parseExpression(text));

const BINARY: Readonly<Record<string, (left: Evaluate, right: Evaluate) => Evaluate>> = {
  '+': (left, right) => device => left(device) + right(device),
  '-': (left, right) => device => left(device) - right(device),
  '*': (left, right) => device => left(device) * right(device),
  '/': (left, right) => device => left(device) / right(device),
  '%': (left, right) => device => left(device) % right(device),
  '^': (left, right) => device => left(device) ** right(device),
  '<': (left, right) => device => (left(device) < right(device) ? 1 : 0),
  '<=': (left, right) => device => (left(device) <= right(device) ? 1 : 0),
  '>': (left, right) => device => (left(device) > right(device) ? 1 : 0),
  '>=': (left, right) => device => (left(device) >= right(device) ? 1 : 0),
  '==': (left, right) => device => (left(device) === right(device) ? 1 : 0),
  '!=': (left, right) => device => (left(device) !== right(device) ? 1 : 0),
  '&&': (left, right) => device => (left(device) !== 0 && right(device) !== 0 ? 1 : 0),
  '||': (left, right) => device => (left(device) !== 0 || right(device) !== 0 ? 1 : 0),
};

const ARITHMETIC = ['+', '-', '*', '/', '%', '^'];
const LOGIC = ['&&', '||'];
const EQUALITY = ['==', '!='];

const WORDS: Readonly<Record<Kind, string>> = {
  number: 'a number',
  truth: 'true or false',
  text: 'a text',
};

class ExpressionCompiler {
  readonly #context: GeneratorContext;

  constructor(context: GeneratorContext) {
    this.#context = context;
  }

  compile(node: Node): Expression {
    switch (node.kind) {
      case 'number': {
        const {value} = node;
        return ofNumber(() => value);
      }
      case 'text':
        return this.#text(node.value, node.column);
      case 'name':
        return this.#name(node.name, node.column);
      case 'minus': {
        const of = this.#number(node.of);
        return ofNumber(device => -of(device));
      }
      case 'not': {
        const of = this.#truth(node.of);
        return ofTruth(device => (of(device) === 0 ? 1 : 0));
      }
      case 'binary':
        return this.#binary(node);
      case 'choice':
        return this.#choice(node);
      case 'call':
        return node.name === 'prev' ? this.#previous(node) : this.#call(node);
    }
  }

  /** True is 1 where a number is wanted. */
  #number(node: Node): Evaluate {
    const {kind, evaluate} = this.compile(node);
    if (kind === 'text') throw new ExpressionError(`expected a number, and there is a text`, node.column);
    return evaluate;
  }

  #truth(node: Node): Evaluate {
    const {kind, evaluate} = this.compile(node);
    if (kind !== 'truth')
      throw new ExpressionError(`expected true or false, and there is ${WORDS[kind]}`, node.column);
    return evaluate;
  }

  #text(text: string, column: number): Expression {
    const number = this.#context.texts.numberOf(text);
    if (number === undefined) throw new ExpressionError('the model has too many texts', column);
    return {kind: 'text', evaluate: () => number, texts: [text]};
  }

  #name(name: string, column: number): Expression {
    const metric = this.#context.find(name, 'now');
    if (metric) return ofMetric(metric.spec, metric.at);
    if (name === 'true' || name === 'false') {
      const value = name === 'true' ? 1 : 0;
      return ofTruth(() => value);
    }
    if (!Object.hasOwn(VARIABLES, name))
      throw new ExpressionError(
        `no metric ${name}; besides metrics there are ${Object.keys(VARIABLES).join(', ')}`,
        column,
      );
    return ofNumber(VARIABLES[name]!(this.#context.clock));
  }

  #previous({args: [arg], args, column}: Node & {kind: 'call'}): Expression {
    const metric = args.length === 1 && arg!.kind === 'name' && this.#context.find(arg!.name, 'before');
    if (!metric) throw new ExpressionError('prev needs the name of a metric', column);
    return ofMetric(metric.spec, metric.at);
  }

  #call({name, args, column}: Node & {kind: 'call'}): Expression {
    const entry = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name]! : undefined;
    if (!entry)
      throw new ExpressionError(
        `no function ${name}; there are ${Object.keys(FUNCTIONS).join(', ')}, prev`,
        column,
      );
    const {argsMin, argsMax, gives, compile} = entry;
    if (args.length < argsMin || args.length > argsMax)
      throw new ExpressionError(
        `${name} takes ${argsMin === argsMax ? argsMin : `${argsMin} to ${argsMax}`} values, and there are ${args.length}`,
        column,
      );
    const evaluate = compile(
      args.map(arg => this.#number(arg)),
      this.#context.stream,
    );
    return gives === 'truth' ? ofTruth(evaluate) : ofNumber(evaluate);
  }

  #binary({sign, left, right, column}: Node & {kind: 'binary'}): Expression {
    const join = BINARY[sign]!;
    if (ARITHMETIC.includes(sign)) return ofNumber(join(this.#number(left), this.#number(right)));
    if (LOGIC.includes(sign)) return ofTruth(join(this.#truth(left), this.#truth(right)));
    if (!EQUALITY.includes(sign)) return ofTruth(join(this.#number(left), this.#number(right)));
    const [one, other] = [this.compile(left), this.compile(right)];
    if ((one.kind === 'text') !== (other.kind === 'text'))
      throw new ExpressionError(`${WORDS[one.kind]} is compared with ${WORDS[other.kind]}`, column);
    return ofTruth(join(one.evaluate, other.evaluate));
  }

  #choice(node: Node & {kind: 'choice'}): Expression {
    const condition = this.#truth(node.condition);
    const [one, other] = [this.compile(node.yes), this.compile(node.no)];
    if (one.kind !== other.kind)
      throw new ExpressionError(`gives either ${WORDS[one.kind]} or ${WORDS[other.kind]}`, node.column);
    return {
      kind: one.kind,
      evaluate: device => (condition(device) === 0 ? other.evaluate(device) : one.evaluate(device)),
      texts: one.texts && other.texts && [...one.texts, ...other.texts],
    };
  }
}

const ofNumber = (evaluate: Evaluate): Expression => ({kind: 'number', evaluate, texts: []});
const ofTruth = (evaluate: Evaluate): Expression => ({kind: 'truth', evaluate, texts: []});

function ofMetric({type, values}: ValueSpec, at: number): Expression {
  const kind = type === 'string' ? 'text' : type === 'boolean' ? 'truth' : 'number';
  return {kind, evaluate: ({numbers}) => numbers[at]!, texts: values};
}

/** Throws a RangeError where what it gives is not what the metric takes. */
export function demandKind({kind, texts}: Expression, {type, values}: ValueSpec): void {
  const wanted: Kind = type === 'string' ? 'text' : type === 'boolean' ? 'truth' : 'number';
  if (kind !== wanted && !(kind === 'truth' && wanted === 'number'))
    throw new RangeError(`the expression gives ${WORDS[kind]}, and the metric is a ${type}`);
  if (wanted !== 'text' || values === undefined) return;
  const stranger = texts === undefined ? 'any text' : texts.find(text => !values.includes(text));
  if (stranger !== undefined)
    throw new RangeError(`the expression may give ${stranger}, which is none of ${values.join(', ')}`);
}
