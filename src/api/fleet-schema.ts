/** The shape of a fleet, as it is written in a file and sent to the API; editors know it as a JSON Schema. */
import {z} from 'zod';
import {ENROLMENT_APPROVALS, REPROVISION_POLICIES} from '../domain/enrolment.js';
import {FLEET_KINDS, type Fleet, type FleetStep} from '../domain/fleet.js';
import {isDeviceId, isName} from '../domain/ids.js';
import {modelSpecSchema} from '../schema/model-schema.js';
import {wantedConfigurationSchema} from './configuration-schema.js';
import {labelsSchema, wantedDeviceSchema} from './schemas.js';

const DEVICES_MAX = 20_000;
const MODELS_MAX = 500;
const GROUPS_MAX = 500;
const CONFIGURATIONS_MAX = 500;

const fleetDeviceSchema = wantedDeviceSchema.extend({
  id: z.string().refine(isDeviceId, 'not a device id'),
  model: z.string().min(1).max(80).nullable().optional().describe('pump, pump@2, or null for none'),
  credential: z
    .enum(['secret', 'token', 'none'])
    .optional()
    .describe('what it gets when it is made; nothing where this is left out'),
});

const fleetGroupSchema = z.strictObject({
  name: z.string().refine(isName, 'not a name for a group'),
  authority: z.string().optional().describe('the id of an authority; without it the group has a key'),
  model: z.string().min(1).max(64).optional(),
  labels: labelsSchema.optional(),
  approval: z.enum(ENROLMENT_APPROVALS).optional(),
  webhook: z.string().max(2048).optional(),
  allowPrivate: z.boolean().optional(),
  reprovision: z.enum(REPROVISION_POLICIES).optional(),
});

const fleetConfigurationSchema = wantedConfigurationSchema.extend({
  name: z.string().refine(isName, 'not a name for a configuration'),
  priority: z
    .number()
    .int()
    .optional()
    .describe('the higher one goes over the others; 0 where this is left out'),
  stages: wantedConfigurationSchema.shape.stages.unwrap().optional(),
});

export const fleetSchema = z.strictObject({
  models: z.array(modelSpecSchema).max(MODELS_MAX).optional(),
  groups: z.array(fleetGroupSchema).max(GROUPS_MAX).optional(),
  devices: z.array(fleetDeviceSchema).max(DEVICES_MAX).optional(),
  configurations: z.array(fleetConfigurationSchema).max(CONFIGURATIONS_MAX).optional(),
}) satisfies z.ZodType<Fleet>;

export const fleetStepSchema = z.object({
  kind: z.enum(FLEET_KINDS),
  id: z.string(),
  action: z.enum(['create', 'update', 'none']),
  changes: z.array(z.object({path: z.string(), from: z.unknown(), to: z.unknown()})).readonly(),
  version: z.number().optional(),
}) satisfies z.ZodType<FleetStep>;

/** For editors: JSON Schema 2020-12. In a file a model may also be the path of a model file. */
export const fleetJsonSchema = (): object => ({
  $id: 'https://iotctl.dev/schemas/fleet.schema.json',
  title: 'A fleet of devices, for iotctl',
  ...z.toJSONSchema(
    fleetSchema.extend({
      models: z
        .array(z.union([z.string().describe('a model file, beside this one'), modelSpecSchema]))
        .max(MODELS_MAX)
        .optional(),
    }),
    {io: 'input'},
  ),
});
