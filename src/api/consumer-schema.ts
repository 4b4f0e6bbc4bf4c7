/** The shapes of consumers in requests and answers. */
import {z} from 'zod';
import {type Consumer, DEFAULT_PACE, DELIVERY_MODES, type DeadLetter} from '../domain/consumer.js';

const HOUR_MS = 3_600_000;
const MIB = 2 ** 20;

const webhook = z.strictObject({
  kind: z.literal('webhook'),
  url: z.string().max(2048),
  mode: z.enum(DELIVERY_MODES).default('structured'),
  allowPrivate: z.boolean().default(false),
});

const file = z.strictObject({
  kind: z.literal('file'),
  rotateBytes: z
    .number()
    .int()
    .min(MIB)
    .max(1024 * MIB)
    .default(64 * MIB),
  rotateMs: z
    .number()
    .int()
    .min(1000)
    .max(24 * HOUR_MS)
    .default(HOUR_MS),
});

const mqtt = z.strictObject({
  kind: z.literal('mqtt'),
  url: z.string().max(2048),
  topic: z.string(),
  username: z.string().min(1).max(256).nullable().default(null),
  allowPrivate: z.boolean().default(false),
});

const exec = z.strictObject({kind: z.literal('exec'), command: z.string().min(1).max(4096)});

const target = z.discriminatedUnion('kind', [webhook, mqtt, file, exec]);

const filter = z.strictObject({
  type: z.string().max(1000).optional(),
  device: z.string().max(128).optional(),
  selector: z.string().max(1000).optional(),
  model: z.string().max(128).optional(),
  where: z.string().optional(),
  exclude: z.string().optional(),
});

export const newConsumerSchema = z.strictObject({
  name: z.string(),
  target,
  /** In no answer. */
  secret: z
    .strictObject({
      signingSecret: z.string().max(200).optional(),
      password: z.string().min(1).max(1024).optional(),
      caPem: z.string().max(100_000).optional(),
      authorization: z
        .string()
        .min(1)
        .max(4096)
        .regex(/^[\x20-\x7e]+$/)
        .optional(),
    })
    .default({}),
  filter: filter.default({}),
  /** `beginning`, `now`, an offset, or a time. */
  from: z.string().default('now'),
  attempts: z.number().int().min(1).max(100).default(DEFAULT_PACE.attempts),
  timeoutMs: z.number().int().min(100).max(300_000).default(DEFAULT_PACE.timeoutMs),
  atOnce: z.number().int().min(1).max(64).default(DEFAULT_PACE.atOnce),
});

/** As it is kept: what its limits were then may be others now. */
const shownTarget = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('webhook'),
    url: z.string(),
    mode: z.enum(DELIVERY_MODES),
    allowPrivate: z.boolean(),
  }),
  z.object({
    kind: z.literal('mqtt'),
    url: z.string(),
    topic: z.string(),
    username: z.string().nullable(),
    allowPrivate: z.boolean(),
  }),
  z.object({kind: z.literal('file'), rotateBytes: z.number(), rotateMs: z.number()}),
  z.object({kind: z.literal('exec'), command: z.string()}),
]);

export const consumerSchema = z.object({
  name: z.string(),
  target: shownTarget,
  filter,
  pace: z.object({attempts: z.number(), timeoutMs: z.number(), atOnce: z.number()}),
  state: z.enum(['running', 'paused']),
  problem: z.string().nullable(),
  problemSince: z.string().nullable(),
  offset: z.number(),
  /** Offsets of the stream behind the newest one. */
  lag: z.number(),
  movedAt: z.string(),
  deadLetters: z.number(),
  gapAt: z.string().nullable(),
  createdAt: z.string(),
  createdBy: z.string(),
}) satisfies z.ZodType<Consumer & {lag: number}>;

export const deadLetterSchema = z.object({
  offset: z.number(),
  device: z.string(),
  type: z.string(),
  reason: z.string(),
  attempts: z.number(),
  failedAt: z.string(),
  replaying: z.boolean(),
}) satisfies z.ZodType<DeadLetter>;
