/** Numbers in JSON are doubles, numbers in an expression such as `2` are ints: `temperature * 2` takes both. */
import type {Environment} from '@marcbachmann/cel-js';

const OPERATORS: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

export function addMixedArithmetic(environment: Environment): void {
  for (const [sign, calculate] of Object.entries(OPERATORS)) {
    const mixed = (left: number | bigint, right: number | bigint): number =>
      calculate(Number(left), Number(right));
    environment.registerOperator(`double ${sign} int`, mixed);
    environment.registerOperator(`int ${sign} double`, mixed);
  }
  environment.registerOperator('double % double', OPERATORS['%']!);
}
