/** The shapes that the API takes and gives: one schema validates, types and documents. */
import {z} from 'zod';
import {COMMAND_STATES, type Command} from '../domain/command.js';
import {
  ADMIN_STATES,
  CONNECTIVITIES,
  DEVICE_ENTRIES_MAX,
  type Device,
  HEALTHS,
  LIFECYCLES,
  METADATA_CHARACTERS_MAX,
} from '../domain/device.js';
import type {ImportRow} from '../domain/device-import.js';
import {KEY_BYTES} from '../domain/device-token.js';
import {isComponent, isDeviceId} from '../domain/ids.js';
import {FOREIGN_HASH_BYTES, FOREIGN_ITERATIONS_MAX, FOREIGN_SCHEMES} from '../domain/password.js';
import {isLabelKey, isLabelValue} from '../domain/selector.js';
import {DEPTH_MAX, nestedDeeperThan} from '../domain/telemetry.js';

const keySchema = z
  .string()
  .refine(isLabelKey, 'a key is letters, digits, `_`, `.` or `-`, starting with a letter');
const labelValueSchema = z.string().refine(isLabelValue, 'a label’s value has at most 256 characters');
const metadataValueSchema = z.string().max(METADATA_CHARACTERS_MAX);

const atMost = (entries: object): boolean => Object.keys(entries).length <= DEVICE_ENTRIES_MAX;
const TOO_MANY = `more than ${DEVICE_ENTRIES_MAX} entries`;

export const labelsSchema = z.record(keySchema, labelValueSchema).refine(atMost, TOO_MANY);
export const metadataSchema = z.record(keySchema, metadataValueSchema).refine(atMost, TOO_MANY);

const componentNameSchema = z.string().refine(isComponent, 'not a component’s name');
const componentSchema = z.strictObject({model: z.string().min(1).max(64).nullable()});

const componentsSchema = z.record(componentNameSchema, componentSchema).refine(atMost, TOO_MANY);

/** Field gateways that may speak for a device. */
const viaSchema = z.array(z.string().refine(isDeviceId, 'not a device id')).max(16);

const modelNameSchema = z.string().min(1).max(64);

export const wantedDeviceSchema = z.strictObject({
  id: z.string(),
  model: modelNameSchema.optional(),
  labels: labelsSchema.optional(),
  metadata: metadataSchema.optional(),
  components: componentsSchema.optional(),
  via: viaSchema.optional(),
});

const hexSchema = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

const foreignHashSchema = z.strictObject({
  scheme: z.enum(FOREIGN_SCHEMES),
  saltHex: z.string().regex(/^(?:[0-9a-f]{2}){1,64}$/),
  hashHex: hexSchema(FOREIGN_HASH_BYTES),
  iterations: z.number().int().min(1).max(FOREIGN_ITERATIONS_MAX),
});

/** What of a device people change; a null takes an entry away. */
export const deviceUpdateSchema = z.strictObject({
  model: modelNameSchema.nullable().optional(),
  labels: z.record(keySchema, labelValueSchema.nullable()).optional(),
  metadata: z.record(keySchema, metadataValueSchema.nullable()).optional(),
  components: z.record(componentNameSchema, componentSchema.nullable()).optional(),
  via: viaSchema.optional(),
});

/** A row of an import: of a device that is there, what is left out stays and a null takes away. */
export const importRowSchema = deviceUpdateSchema.extend({
  id: z.string(),
  adminState: z.enum(ADMIN_STATES).optional(),
  credential: z
    .discriminatedUnion('kind', [
      z.strictObject({kind: z.literal('none')}),
      z.strictObject({kind: z.literal('secret'), saltHex: hexSchema(16), hashHex: hexSchema(32)}),
      z.strictObject({
        kind: z.literal('token'),
        keyBase64: z
          .base64()
          .refine(text => Buffer.from(text, 'base64').length === KEY_BYTES, 'not 32 bytes'),
      }),
      z.strictObject({kind: z.literal('password'), hash: foreignHashSchema}),
    ])
    .optional(),
}) satisfies z.ZodType<ImportRow>;

const noteSchema = z.object({
  reason: z.string().nullable(),
  at: z.string().nullable(),
  by: z.string().nullable(),
});

export const deviceSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  generation: z.string(),
  version: z.number(),
  model: z.string().nullable(),
  modelVersion: z.number().nullable(),
  labels: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.string()),
  components: z.record(z.string(), z.object({model: z.string().nullable()})),
  via: z.array(z.string()).readonly(),
  lifecycle: z.enum(LIFECYCLES),
  lifecycleNote: noteSchema,
  adminState: z.enum(ADMIN_STATES),
  adminNote: noteSchema,
  connectivity: z.enum(CONNECTIVITIES),
  connection: z.object({
    version: z.number(),
    sessionId: z.string().nullable(),
    address: z.string().nullable(),
    endReason: z.string().nullable(),
  }),
  health: z.enum(HEALTHS),
  healthNote: noteSchema,
  createdAt: z.string(),
  retiredAt: z.string().nullable(),
  connectedAt: z.string().nullable(),
  disconnectedAt: z.string().nullable(),
  lastSeenAt: z.string().nullable(),
  lastDataAt: z.string().nullable(),
  changes: z
    .array(
      z.object({version: z.number(), at: z.string(), by: z.string(), fields: z.array(z.string()).readonly()}),
    )
    .readonly(),
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
  forced: z.boolean(),
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
