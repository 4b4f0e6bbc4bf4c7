/** What is asked for with a configuration, in a request or in a fleet file. */
import {z} from 'zod';
import {PRIORITY_MAX} from '../domain/configuration.js';
import {jsonSchema} from './schemas.js';

const STAGES_MAX = 20;

const percent = z.number().min(0).max(100);

export const wantedConfigurationSchema = z.strictObject({
  name: z.string(),
  selector: z.string().max(4096).nullable().describe('null is every device'),
  priority: z
    .number()
    .int()
    .min(-PRIORITY_MAX)
    .max(PRIORITY_MAX)
    .default(0)
    .describe('the higher one goes over the others'),
  patch: z.record(z.string(), jsonSchema).describe('a merge patch (RFC 7396) of desired'),
  stages: z
    .array(percent)
    .min(1)
    .max(STAGES_MAX)
    .default([100])
    .describe('percent of its devices that have it after each'),
  rejectedPercentMax: percent.optional().describe('default: 0 with several stages, else 100'),
});
