/** What people write for durations, chances and numbers that differ from device to device. */
import {z} from 'zod';
import {parseDurationMs} from '../../domain/duration.js';
import type {Distribution, Parameter} from './behaviour.js';

const DURATION = '(?:\\d+(?:\\.\\d+)?(?:ms|s|m|h|d|w))+';

/** z of the normal distribution that 95 % are below. */
const Z_95 = 1.6449;

const durationText = z
  .string()
  .regex(new RegExp(`^${DURATION}$`), 'not a duration, such as 500ms, 30s or 15m');

export const duration = durationText.transform(parseDurationMs);

/** One that takes some time. */
export const period = duration
  .refine(ms => ms > 0, 'has to be longer than nothing')
  .meta({id: 'duration', description: '500ms, 30s, 15m, 1h30m, 7d'});

const percent = z
  .string()
  .regex(/^\d{1,3}(?:\.\d+)?%$/, 'not a percentage, such as 5%')
  .transform(text => Number(text.slice(0, -1)) / 100)
  .refine(part => part <= 1, 'is more than 100%');

export const probability = z
  .union([z.number().min(0).max(1), percent], {error: 'not a chance: give 0.05 or 5%'})
  .meta({id: 'probability', description: '0.05 or 5%'});

const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low <= high, 'begins after it ends')
  .readonly();

export const parameter: z.ZodType<Parameter, number | readonly [number, number]> = z
  .union([z.number(), range], {error: 'not a number, nor [lowest, highest] to draw one for each device'})
  .meta({id: 'parameter', description: 'a number, or [lowest, highest]: drawn once for each device'});

/** `100ms-2s` */
const span = z
  .string()
  .regex(new RegExp(`^${DURATION}-${DURATION}$`), 'not a range of durations, such as 100ms-2s')
  .transform(text => text.split('-').map(parseDurationMs) as [number, number])
  .refine(([min, max]) => min <= max, 'begins after it ends')
  .transform(([min, max]): Distribution => ({shape: 'uniform', min, max}));

const constant = duration.transform((value): Distribution => ({shape: 'constant', value}));

const normal = z
  .strictObject({normal: z.strictObject({mean: duration, sd: duration})})
  .transform(({normal}): Distribution => ({shape: 'normal', ...normal}));

const lognormal = z
  .strictObject({lognormal: z.strictObject({median: period, p95: period})})
  .refine(({lognormal: {median, p95}}) => p95 >= median, {
    error: 'p95 is below the median',
    path: ['lognormal', 'p95'],
  })
  .transform(
    ({lognormal: {median, p95}}): Distribution => ({
      shape: 'lognormal',
      median,
      sigma: Math.log(p95 / median) / Z_95,
    }),
  );

const exponential = z
  .strictObject({exponential: period})
  .transform(({exponential: mean}): Distribution => ({shape: 'exponential', mean}));

export const distribution = z
  .union([constant, span, normal, lognormal, exponential], {
    error:
      'not a duration: give 200ms, 100ms-2s, {normal: {mean, sd}}, {lognormal: {median, p95}} or {exponential: MEAN}',
  })
  .meta({id: 'distribution', description: '200ms, 100ms-2s, or a distribution to draw from'});
