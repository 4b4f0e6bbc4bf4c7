/** How each metric's values are made, as people write it. */
import {z} from 'zod';
import type {MetricBehaviour} from './behaviour.js';
import {distribution, parameter, period, probability} from './schema-parts.js';

const expressionText = z.string().min(1).max(2000);

const CHOICES_MAX = 256;
const VALUES_MAX = 10_000;

const scalar = z.union([z.number(), z.boolean(), z.string().max(256)]);

const walk = z.strictObject({
  start: parameter.optional(),
  step: parameter,
  reversion: parameter.optional().describe('how much of the way back it goes with each message: 0 to 1'),
  around: parameter.optional(),
  min: z.number().optional(),
  max: z.number().optional(),
});

const sine = z.strictObject({
  period,
  mean: parameter,
  amplitude: parameter,
  phase: parameter.optional().describe('in periods: 0.25 begins at the top'),
  noise: parameter.optional().describe('standard deviation'),
});

const weekdays = z
  .union([
    z.array(z.number()).length(7),
    z.strictObject({weekend: z.number()}).transform(({weekend}) => [1, 1, 1, 1, 1, weekend, weekend]),
  ])
  .describe('factors from Monday to Sunday, or {weekend: FACTOR}');

const diurnal = z
  .strictObject({
    low: parameter.optional(),
    high: parameter.optional(),
    peak: parameter.optional().describe('local hour, 0 to 24; 15 where this is left out'),
    hours: z
      .array(z.number())
      .min(2)
      .max(288)
      .optional()
      .describe('instead of low and high: values spread evenly over the day, from midnight'),
    weekdays: weekdays.optional(),
    scale: parameter.optional().describe('a factor, such as [0.5, 2] for small and large ones'),
    noise: parameter.optional().describe('standard deviation'),
  })
  .refine(
    ({low, high, hours}) => (hours === undefined) === (low !== undefined && high !== undefined),
    'needs either low and high, or hours',
  );

const normal = z.strictObject({mean: parameter, sd: parameter});

const uniform = z.union([
  z.strictObject({min: parameter, max: parameter}),
  z.tuple([z.number(), z.number()]).transform(([min, max]) => ({min, max})),
]);

const choices = z
  .union([
    z
      .array(scalar)
      .min(1)
      .max(CHOICES_MAX)
      .transform(values => new Map(values.map(value => [String(value), 1]))),
    z
      .record(z.string(), z.number().min(0))
      .transform(weights => new Map(Object.entries(weights)))
      .refine(weights => [...weights.values()].some(weight => weight > 0), 'no choice has a weight above 0'),
  ])
  .describe('a list, or weights: {ok: 98, failed: 2}');

const markov = z.strictObject({
  start: z.string().optional(),
  states: z
    .record(z.string(), z.record(z.string(), probability))
    .refine(states => Object.keys(states).length > 0, 'has no state')
    .describe('of each state, how likely which one follows: {idle: {idle: 0.9, busy: 0.1}, …}'),
  dwell: z.record(z.string(), distribution).optional().describe('how long it stays in a state'),
});

const counter = z.strictObject({
  start: parameter.optional(),
  by: z.union([parameter, expressionText]).default(1),
  per: period.optional().describe('`by` is of this time; of each message where this is left out'),
  random: z.boolean().optional().describe('whole events that come by chance'),
  wrap: z.number().positive().optional(),
  reset: z.union([z.literal('daily'), period]).optional(),
});

const sequence = z.union([
  z
    .array(scalar)
    .min(1)
    .max(VALUES_MAX)
    .transform(values => ({values, loop: true})),
  z.strictObject({
    values: z.array(scalar).min(1).max(VALUES_MAX),
    each: period.optional(),
    loop: z.boolean().default(true),
  }),
]);

const expression = z.union([
  expressionText.transform(formula => ({formula})),
  z.strictObject({formula: expressionText, start: scalar.optional().describe('before the first message')}),
]);

const lat = z.number().min(-90).max(90);
const lon = z.number().min(-180).max(180);

const routePoint = z.union(
  [
    z.tuple([lat, lon]).transform(([lat, lon]) => ({lat, lon})),
    z.tuple([lat, lon, z.number()]).transform(([lat, lon, alt]) => ({lat, lon, alt})),
    z.strictObject({lat, lon, alt: z.number().optional(), stop: period.optional()}),
  ],
  {error: 'not a point: give [lat, lon], [lat, lon, alt] or {lat, lon, alt, stop}'},
);

const metricNames = z.strictObject({
  lat: z.string().optional(),
  lon: z.string().optional(),
  alt: z.string().optional(),
  speed: z.string().optional(),
  heading: z.string().optional(),
  stopped: z.string().optional(),
});

const route = z.strictObject({
  points: z.array(routePoint).min(2, 'has fewer than two points').max(VALUES_MAX),
  speed: parameter.describe('km/h'),
  end: z.enum(['loop', 'back', 'stop']).default('loop').describe('after the last point'),
  noise: parameter.default(0).describe('of a position, in metres'),
  start: parameter.default(0).describe('where it begins, as a part of the way: 0 to 1'),
  metrics: metricNames
    .optional()
    .describe('the metrics that it makes, where they are not NAME.lat, NAME.lon and so on'),
});

const replay = z.strictObject({
  file: z.string().min(1).max(1024).describe('CSV or Parquet, beside this file'),
  column: z.string().min(1).max(256),
  time: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('a column of times; without it each message has the next row'),
  speed: z.number().positive().default(1).describe('how much faster than it was recorded'),
  loop: z.boolean().default(true),
  samples: z
    .strictObject({values: z.array(scalar.nullable()).min(1), timesMs: z.array(z.number()).min(1).optional()})
    .optional()
    .describe('what was read of the file, put here by iotctl'),
});

const constant = z.union([scalar, z.tuple([z.number(), z.number()])]);

const generators = {
  constant,
  walk,
  sine,
  diurnal,
  normal,
  uniform,
  enum: choices,
  markov,
  counter,
  sequence,
  expression,
  route,
  replay,
};

/** Generators by name: each metric has one. */
export const GENERATOR_NAMES = Object.keys(generators) as (keyof typeof generators)[];

const generatorsOf = (behaviour: object): string[] =>
  GENERATOR_NAMES.filter(name => (behaviour as Record<string, unknown>)[name] !== undefined);

const withGenerator = z
  .strictObject({
    ...(z.object(generators).partial().shape as {
      [Name in keyof typeof generators]: z.ZodOptional<(typeof generators)[Name]>;
    }),
    digits: z.number().int().min(0).max(9).optional().describe('behind the point; 2 where this is left out'),
  })
  .superRefine((behaviour, context) => {
    const found = generatorsOf(behaviour);
    if (found.length !== 1)
      context.addIssue({
        code: 'custom',
        message: `has ${found.join(' and ') || 'no generator'}: give one of ${GENERATOR_NAMES.join(', ')}`,
      });
  });

const short = z.union([
  z
    .string()
    .max(2000)
    .transform((text): MetricBehaviour => ({text}))
    .describe('a text, or for metrics of another type an expression over other metrics'),
  constant.transform((value): MetricBehaviour => ({constant: value})),
]);

/** `null` is a metric that is not sent. */
export const metricBehaviour: z.ZodType<MetricBehaviour | null> = z
  .union([z.null(), short, withGenerator], {error: 'neither a value nor a generator'})
  .meta({id: 'metric'});
