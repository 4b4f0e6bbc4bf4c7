import type {ExpressionSpec} from '../behaviour.js';
import type {DeviceState} from '../device-state.js';
import {compileExpression, demandKind} from '../expression/compile.js';
import type {Evaluate} from '../expression/functions.js';
import {type Generator, type GeneratorContext, numberOfValue} from '../generator.js';

/** What an expression gives. */
export class Formula implements Generator {
  readonly #evaluate: Evaluate;
  readonly #start: number;
  /** With what it was before in it, another value can be put in place. */
  readonly set: Generator['set'];

  constructor(context: GeneratorContext, {formula, start}: ExpressionSpec) {
    const expression = compileExpression(context, formula);
    demandKind(expression, context.spec);
    this.#evaluate = expression.evaluate;
    this.#start = start === undefined ? Number.NaN : numberOfValue(context, start);
    this.set = context.readsItself() ? () => {} : undefined;
  }

  start(): number {
    return this.#start;
  }

  next(device: DeviceState): number {
    return this.#evaluate(device);
  }
}
