/** The shape of a model, as it is written in a file and sent to the API. How it is simulated is the simulator's business. */
import {z} from 'zod';
import {parseDurationMs} from '../domain/duration.js';
import {isComponent, isName} from '../domain/ids.js';
import {METRIC_TYPES, type ModelSpec} from '../domain/model.js';

const ENTRIES_MAX = 500;
const description = z.string().max(1000).optional();

/** No dot: names of nested readings are joined by one, and a metric may be such a one. */
const metricName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/,
    'not a metric’s name: letters, digits, `_` and `-`, joined by dots',
  )
  .max(128);

const valueFields = {
  type: z.enum(METRIC_TYPES),
  unit: z.string().min(1).max(32).optional().describe('UCUM, such as Cel, % or m/s'),
  min: z.number().optional(),
  max: z.number().optional(),
  values: z
    .array(z.string().max(256))
    .min(1)
    .max(256)
    .readonly()
    .optional()
    .describe('the only texts that there are'),
  description,
};

interface Range {
  readonly type: string;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly values?: readonly string[] | undefined;
}

const isNumeric = ({type}: Range): boolean => type === 'number' || type === 'integer';

/** A range is of numbers, and begins before it ends; a choice is of texts. */
function checkRange(value: Range, context: z.core.$RefinementCtx): void {
  const {type, min, max, values} = value;
  if (!isNumeric(value) && (min !== undefined || max !== undefined))
    context.addIssue({code: 'custom', message: `a ${type} has no min and no max`});
  if (min !== undefined && max !== undefined && min > max)
    context.addIssue({code: 'custom', message: `min ${min} is above max ${max}`});
  if (values !== undefined && type !== 'string')
    context.addIssue({code: 'custom', message: `a ${type} has no values to choose from`});
}

const few = (entries: object): boolean => Object.keys(entries).length <= ENTRIES_MAX;
const TOO_MANY = `more than ${ENTRIES_MAX} entries`;

const metrics = z
  .record(metricName, z.strictObject(valueFields).superRefine(checkRange))
  .refine(few, TOO_MANY);
const args = z
  .record(
    metricName,
    z.strictObject({...valueFields, required: z.boolean().optional()}).superRefine(checkRange),
  )
  .refine(few, TOO_MANY);
const properties = z
  .record(
    metricName,
    z.strictObject({...valueFields, writable: z.boolean().optional()}).superRefine(checkRange),
  )
  .refine(few, TOO_MANY);

const isDuration = (text: string): boolean => {
  try {
    return parseDurationMs(text) > 0;
  } catch {
    return false;
  }
};

export const modelSpecSchema = z.strictObject({
  model: z.string().refine(isName, 'not a name: letters, digits, `_`, `.` and `-`, starting with a letter'),
  version: z.number().int().min(1).max(1_000_000),
  description,
  expectedInterval: z
    .string()
    .max(32)
    .refine(isDuration, 'not a duration, such as 60s or 15m')
    .optional()
    .describe('a device that is silent for longer is stale'),
  metrics: metrics.optional(),
  components: z
    .record(
      z.string().refine(isComponent, 'not a component’s name'),
      z.strictObject({description, metrics: metrics.optional()}),
    )
    .refine(few, TOO_MANY)
    .optional(),
  commands: z
    .record(
      z.string().refine(isName, 'not a command’s name'),
      z.strictObject({description, args: args.optional()}),
    )
    .refine(few, TOO_MANY)
    .optional(),
  properties: properties.optional(),
  simulate: z.unknown().optional().describe('how a simulated device behaves'),
}) satisfies z.ZodType<ModelSpec>;
