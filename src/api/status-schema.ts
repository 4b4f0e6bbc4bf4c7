/** The shape of `GET /v1/status`. */
import {z} from 'zod';
import type {PlatformStatus} from '../domain/status.js';

const count = z.number();

const gateway = z.object({
  startedAt: z.string(),
  restarts: count,
  connections: count,
  eventsPerSec: z.number(),
  eventsTotal: count,
  refusedTotal: count,
  droppedTotal: count,
  blockedBy: z.string().nullable(),
  loopDelayMsMax: count,
});

const stream = z.object({
  head: count,
  first: count,
  bytes: count,
  cursors: z.array(z.object({name: z.string(), offset: count, lag: count})).readonly(),
});

const store = z.object({
  startedAt: z.string(),
  restarts: count,
  state: z.enum(['ok', 'blocked']),
  problem: z.string().nullable(),
  lag: count,
  rowsTotal: count,
  archive: z.object({partitions: count, rows: count, bytes: count}),
  readingsInMemory: count,
  queries: z.object({running: count, waiting: count, streams: count}),
});

const consumers = z.object({
  startedAt: z.string().nullable(),
  restarts: count,
  total: count,
  failing: count,
  paused: count,
  furthestBehind: z.object({tenant: z.string(), name: z.string(), lag: count}).nullable(),
});

export const statusSchema = z.object({
  state: z.enum(['ok', 'degraded']),
  problems: z.array(z.string()).readonly(),
  version: z.string(),
  pid: z.number(),
  startedAt: z.string(),
  dataFolder: z.string(),
  rssBytes: count,
  loopDelayMsMax: count,
  gateway,
  stream,
  store,
  consumers,
  registry: z.object({devices: count, online: count}),
  disk: z.object({freeBytes: count, usedBytes: count}),
}) satisfies z.ZodType<PlatformStatus>;
