/** Texts with variables in braces: `bench/{run}/{i}`, `{"n":{seq},"v":{random 1 100}}`. Any other brace is itself. */
import {IotctlError} from '../../domain/errors.js';
import {nearest} from '../../domain/nearest.js';

export type TemplatePart = string | Variable;

export interface Variable {
  readonly name: string;
  readonly arguments: readonly string[];
}

/** What a variable takes: so many arguments, and how help writes them. */
interface VariableShape {
  readonly arguments: string;
  readonly min: number;
  readonly max: number;
}

export type Vocabulary = Readonly<Record<string, VariableShape>>;

export const NO_ARGUMENTS: VariableShape = {arguments: '', min: 0, max: 0};

/** `{name}` or `{name a b}`. JSON's own braces are followed by a quote, a blank or another brace. */
const VARIABLE = /\{([A-Za-z][A-Za-z0-9_.]*)((?: [^{}\s]+)*)\}/g;

/** `what` is the flag or file, for messages. Throws `IOT_USAGE` with the line and column of what is unknown. */
export function parseTemplate(text: string, vocabulary: Vocabulary, what: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  for (const match of text.matchAll(VARIABLE)) {
    if (match.index > at) parts.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    const where = (): string => `${what}, ${positionOf(text, match.index)}`;
    parts.push(checked(match[1]!, match[2]!, vocabulary, where));
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

function checked(name: string, rest: string, vocabulary: Vocabulary, where: () => string): Variable {
  if (!Object.hasOwn(vocabulary, name)) {
    const near = nearest(name, Object.keys(vocabulary));
    const advice = near === undefined ? `there are ${shown(vocabulary)}` : `did you mean {${near}}?`;
    throw new IotctlError('IOT_USAGE', `${where()}: no variable {${name}}; ${advice}`);
  }
  const shape = vocabulary[name]!;
  const given = rest.split(' ').filter(part => part !== '');
  if (given.length < shape.min || given.length > shape.max)
    throw new IotctlError(
      'IOT_USAGE',
      `${where()}: expected ${usageOf(name, shape)}, found {${name}${rest}}`,
    );
  return {name, arguments: given};
}

const shown = (vocabulary: Vocabulary): string =>
  Object.entries(vocabulary)
    .map(([name, shape]) => usageOf(name, shape))
    .join(', ');

const usageOf = (name: string, shape: VariableShape): string =>
  `{${name}${shape.arguments === '' ? '' : ` ${shape.arguments}`}}`;

/** Of a text of one line only the column is worth a word. */
function positionOf(text: string, index: number): string {
  const before = text.slice(0, index);
  const column = `column ${index - before.lastIndexOf('\n')}`;
  return text.includes('\n') ? `line ${before.split('\n').length}, ${column}` : column;
}
