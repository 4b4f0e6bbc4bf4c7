/** From what a model says of a metric to what makes its values. */
import type {ExpressionSpec, MetricBehaviour} from './behaviour.js';
import type {Generator, GeneratorContext} from './generator.js';
import {Constant} from './generators/constant.js';
import {Counter} from './generators/counter.js';
import {Diurnal} from './generators/diurnal.js';
import {Choice, Normal, Uniform} from './generators/draws.js';
import {Formula} from './generators/formula.js';
import {Markov} from './generators/markov.js';
import {Replay} from './generators/replay.js';
import {RouteMetric} from './generators/route-metric.js';
import {Sequence} from './generators/sequence.js';
import {Sine} from './generators/sine.js';
import {Walk} from './generators/walk.js';
import type {RouteShare} from './route-plan.js';

/** Throws a RangeError that says in words what does not fit. */
export function compileGenerator(
  context: GeneratorContext,
  behaviour: MetricBehaviour | RouteShare,
): Generator {
  if ('share' in behaviour) return new RouteMetric(context, behaviour);
  const {constant, walk, sine, diurnal, normal, uniform, markov, counter, sequence} = behaviour;
  if (walk) return new Walk(context, walk);
  if (sine) return new Sine(context, sine);
  if (diurnal) return new Diurnal(context, diurnal);
  if (normal) return new Normal(context, normal);
  if (uniform) return new Uniform(context, uniform);
  if (behaviour.enum) return new Choice(context, behaviour.enum);
  if (markov) return new Markov(context, markov);
  if (counter) return new Counter(context, counter);
  if (sequence) return new Sequence(context, sequence);
  if (behaviour.replay) return new Replay(context, behaviour.replay);
  const formula = formulaOf(context, behaviour);
  return formula ? new Formula(context, formula) : new Constant(context, constant ?? behaviour.text ?? 0);
}

/** A text stands for itself where the metric is one. */
const formulaOf = (
  {spec: {type}}: GeneratorContext,
  {expression, text}: MetricBehaviour,
): ExpressionSpec | undefined =>
  expression ?? (text === undefined || type === 'string' ? undefined : {formula: text});
