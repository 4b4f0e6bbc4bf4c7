/** A scenario as people write it; editors know it as a JSON Schema. */
import {z} from 'zod';
import type {JsonObject} from '../../domain/json.js';
import {duration, period, probability} from '../model/schema-parts.js';
import {faultSchema} from './faults/fault-schema.js';
import type {FleetSpec, Scenario} from './scenario.js';

const DEVICES_MAX = 1_000_000;
const FLEETS_MAX = 100;
const FAULTS_MAX = 100;

/** It begins ids of devices. */
const fleetName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'not a name: letters, digits, `_` and `-`');

const fleet = z
  .strictObject({
    name: fleetName,
    model: z.string().min(1).max(1024).describe('a model of the templates, or a file beside this one'),
    devices: z.number().int().min(1).max(DEVICES_MAX).default(1),
    interval: period.optional().describe('between two messages; the model’s where this is left out'),
    jitter: probability.optional().describe('the part of the interval by which a message is early or late'),
    spread: duration
      .optional()
      .describe('the first messages are spread over this time; over one interval where it is left out'),
    qos: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(1),
    offline: z
      .enum(['keep', 'drop'])
      .default('keep')
      .describe('what becomes of readings while there is no connection: sent afterwards, or lost'),
    behaviour: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('laid over the section `simulate` of the model, as a merge patch (RFC 7396)'),
    faults: z.array(faultSchema).max(FAULTS_MAX).default([]),
  })
  .transform(
    ({interval, jitter, spread, offline, behaviour, ...rest}): FleetSpec => ({
      ...rest,
      intervalMs: interval,
      jitter,
      spreadMs: spread,
      keepsReadings: offline === 'keep',
      behaviour: behaviour as JsonObject,
    }),
  );

export const scenarioSchema = z
  .strictObject({
    scenario: fleetName,
    description: z.string().max(2000).default(''),
    seed: z.number().int().min(0).max(0xffff_ffff).default(1),
    duration: period.default(60_000),
    fleets: z
      .array(fleet)
      .min(1)
      .max(FLEETS_MAX)
      .superRefine((fleets, context) => {
        for (const [index, {name}] of fleets.entries())
          if (fleets.findIndex(other => other.name === name) < index)
            context.addIssue({
              code: 'custom',
              message: `two fleets are called ${name}`,
              path: [index, 'name'],
            });
      }),
    thresholds: z
      .array(z.string().max(200))
      .max(100)
      .default([])
      .describe('such as lost==0 or puback.p99<500ms; missed, the run ends with exit code 9'),
  })
  .transform(({scenario, duration, ...rest}): Scenario => ({...rest, name: scenario, durationMs: duration}));

/** For editors: JSON Schema 2020-12. */
export const scenarioJsonSchema = (): object => ({
  $id: 'https://iotctl.dev/schemas/scenario.schema.json',
  title: 'A scenario of simulated devices, for iotctl',
  ...z.toJSONSchema(scenarioSchema, {io: 'input'}),
});
