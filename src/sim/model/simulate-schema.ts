/** The section `simulate` of a model file, as people write it. */
import {z} from 'zod';
import type {SimulateSpec} from './behaviour.js';
import {metricBehaviour} from './generator-schema.js';
import {distribution, period, probability} from './schema-parts.js';

const ENTRIES_MAX = 500;
const few = (entries: object): boolean => Object.keys(entries).length <= ENTRIES_MAX;
const TOO_MANY = `more than ${ENTRIES_MAX} entries`;

const name = z.string().min(1).max(128);
const reason = z.string().max(256).optional().describe('what it says when it does not do it');
const scalar = z.union([z.number(), z.boolean(), z.string().max(256)]);
const AT_ONCE = {shape: 'constant', value: 0} as const;

const metrics = z.record(name, metricBehaviour).refine(few, TOO_MANY);

const setting = z
  .union([
    name.transform(argument => ({argument})),
    z.strictObject({argument: name}),
    z.strictObject({value: scalar}),
    z.strictObject({add: z.number()}),
  ])
  .describe('the argument that it becomes, {value: …} or {add: …}');

const command = z.strictObject({
  latency: distribution.default(AT_ONCE),
  fail: probability.default(0),
  silent: probability.default(0).describe('it never answers'),
  reject: probability.default(0),
  reason,
  sets: z.record(name, setting).default({}).describe('metrics that it changes'),
  result: z.array(name).max(64).optional().describe('metrics whose values its result carries'),
});

const property = z.union([
  name.transform(metric => ({metric, latency: AT_ONCE, reject: 0})),
  z
    .strictObject({
      value: scalar.optional().describe('what it reports at first'),
      metric: name.optional().describe('the metric that becomes it'),
      changes: z.enum(['interval', 'heartbeat']).optional(),
      latency: distribution.default(AT_ONCE),
      reject: probability.default(0),
      reason,
    })
    .refine(({metric, changes}) => metric === undefined || changes === undefined, {
      error: 'is either of a metric or of the schedule',
      path: ['changes'],
    }),
]);

const firmware = z.strictObject({
  version: z.string().min(1).max(64),
  property: name.optional().describe('the writable property that asks for a version'),
  command: name.optional().describe('the command whose argument `version` asks for one'),
  download: distribution.default(AT_ONCE),
  apply: distribution.default(AT_ONCE),
  fail: probability.default(0),
});

const isTimezone = (text: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', {timeZone: text});
    return true;
  } catch {
    return false;
  }
};

export const simulateSchema = z.strictObject({
  interval: period
    .optional()
    .describe('between two messages; the model’s expectedInterval where this is left out'),
  jitter: probability.default(0).describe('the part of the interval by which a message is early or late'),
  heartbeat: period.optional(),
  timezone: z
    .string()
    .refine(isTimezone, 'not a time zone, such as Europe/Oslo')
    .default('UTC')
    .describe('for what goes by local time'),
  metrics: metrics.default({}),
  variables: metrics.default({}).describe('numbers that are not told, for expressions'),
  components: z
    .record(name, z.strictObject({interval: period.optional(), metrics: metrics.optional()}))
    .refine(few, TOO_MANY)
    .default({}),
  commands: z.record(name, command).refine(few, TOO_MANY).default({}),
  twin: z.record(name, property).refine(few, TOO_MANY).default({}),
  firmware: firmware.optional(),
  sleep: z.strictObject({awake: distribution, asleep: distribution}).optional(),
}) satisfies z.ZodType<SimulateSpec>;
