/** The shapes that the API takes and gives: one schema validates, types and documents. */
import {z} from 'zod';
import {COMMAND_STATES, type Command} from '../domain/command.js';
import {ADMIN_STATES, CONNECTIVITIES, type Device, LIFECYCLES} from '../domain/device.js';
import {isLabelKey, isLabelValue} from '../domain/selector.js';
import {DEPTH_MAX, nestedDeeperThan} from '../domain/telemetry.js';

export const labelsSchema = z
  .record(
    z
      .string()
      .refine(isLabelKey, 'a label’s key is letters, digits, `_`, `.` or `-`, starting with a letter'),
    z.string().refine(isLabelValue, 'a label’s value has at most 256 characters'),
  )
  .refine(labels => Object.keys(labels).length <= 64, 'a device has at most 64 labels');

export const wantedDeviceSchema = z.strictObject({
  id: z.string(),
  model: z.string().min(1).max(64).optional(),
  labels: labelsSchema.optional(),
});

export const deviceSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  generation: z.string(),
  model: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  lifecycle: z.enum(LIFECYCLES),
  adminState: z.enum(ADMIN_STATES),
  connectivity: z.enum(CONNECTIVITIES),
  createdAt: z.string(),
  retiredAt: z.string().nullable(),
  connectedAt: z.string().nullable(),
  disconnectedAt: z.string().nullable(),
  lastSeenAt: z.string().nullable(),
}) satisfies z.ZodType<Device>;

export const deviceCredentialSchema = z.object({
  username: z.string(),
  secret: z.string().optional(),
  key: z.string().optional(),
  keyId: z.string().optional(),
  certificate: z.string().optional(),
  chain: z.string().optional(),
});

export const madeDeviceSchema = z.object({
  device: deviceSchema,
  credential: deviceCredentialSchema.nullable(),
});

const stateSchema = z.enum(COMMAND_STATES);

export const commandSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  device: z.string(),
  name: z.string(),
  data: z.unknown(),
  state: stateSchema,
  requestedBy: z.string(),
  allowedBy: z.string(),
  deviceState: z.object({lifecycle: z.string(), adminState: z.string(), connectivity: z.string()}),
  createdAt: z.string(),
  expiresAt: z.string(),
  transitions: z.array(z.object({state: stateSchema, at: z.string(), detail: z.string().optional()})),
  result: z.unknown(),
}) as z.ZodType<Command>;

/** An event as CloudEvents JSON; extensions are named by the event's type. */
export const cloudEventSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  time: z.string(),
  recordedtime: z.string(),
  offset: z.number(),
});

/** Any JSON that everything behind the API can go through without overflowing its stack. */
export const jsonSchema = z
  .unknown()
  .refine(value => !nestedDeeperThan(value, DEPTH_MAX), `nested deeper than ${DEPTH_MAX}`);

export const idParams = z.object({id: z.string()});

/** Numbers and truth values in a query string: written as such, and nothing that only can be read as one. */
export const queryNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .refine(text => /^-?\d{1,16}$/.test(text), 'not a whole number')
    .transform(Number)
    .pipe(z.number().int().min(minimum).max(maximum))
    .meta({type: 'integer', minimum, maximum});
export const queryFlag = z.enum(['true', 'false']).transform(text => text === 'true');

/** RFC 9457, with a code of ours. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  traceId: z.string(),
});
