/** The shape of a report, as it is read from a file that anybody may have written. */
import {z} from 'zod';
import {IotctlError} from '../../domain/errors.js';
import {LatencyHistogram} from './histogram.js';
import {COUNTERS, FAILURE_KINDS, GAUGES, LATENCIES} from './measurements.js';
import type {OptionValue, RunReport} from './run-report.js';

const count = z.number().min(0);
const counted = z.object({total: count, ratePerSec: count});
const bounds = z.array(z.int().min(0)).readonly();

function isHistogram(text: string): boolean {
  try {
    LatencyHistogram.decode(text);
    return true;
  } catch {
    return false;
  }
}

const distributionFields = {
  count,
  min: count,
  mean: count,
  stddev: count,
  p50: count,
  p90: count,
  p95: count,
  p99: count,
  'p99.9': count,
  max: count,
  histogram: z
    .string()
    .refine(isHistogram, 'no histogram of latencies')
    .describe('HdrHistogram, V2 compressed encoding in base64; its values are microseconds'),
};
const distribution = z.object(distributionFields);

const optionValue: z.ZodType<OptionValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(optionValue).readonly()]),
);

const trouble = z.object({
  subscriber: z.string(),
  stream: z.string(),
  streamNumber: count,
  lost: count,
  duplicated: count,
  reordered: count,
  late: count,
  unexpected: count,
  lostSequences: bounds.describe('[from, end, …]: the numbers from `from` to before `end`'),
  duplicatedSequences: bounds,
  reorderedSequences: bounds,
  lateSequences: bounds,
});

const delivery = z.object({
  expected: count,
  delivered: count,
  lost: count,
  duplicated: count,
  reordered: count,
  late: count,
  unexpected: count,
  troubled: count,
  worst: z.array(trouble).readonly(),
});

const environment = z.object({
  iotctl: z.string(),
  node: z.string(),
  os: z.string(),
  cpu: z.string(),
  cores: count,
  memoryBytes: count,
  openFilesMax: count.nullable(),
  localPorts: z.object({first: count, last: count}).nullable(),
  somaxconn: count.nullable(),
});

const generator = z.object({
  processes: count,
  cores: count.describe('CPU time over wall time of the busiest process: 1 is one core'),
  coresMax: count.describe('the same in its busiest second'),
  rssBytes: count,
  grownBytes: count,
  loopDelayP99Ms: count,
  each: z
    .array(z.object({cores: count, coresMax: count, rssBytes: count}))
    .readonly()
    .describe('the same of each process, in their order'),
  scheduleLagP99Ms: count,
  bytesPerConnection: count.nullable(),
});

const accounting = z.object({
  subscribers: z
    .array(
      z.object({
        subscriber: z.string(),
        expects: bounds,
        streams: z
          .array(
            z.object({
              stream: count,
              ranges: bounds,
              duplicated: count,
              reordered: count,
              late: count,
              duplicates: bounds,
              reorders: bounds,
              lates: bounds,
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
  sent: z.array(z.tuple([count, count]).readonly()).readonly(),
});

const seriesPoint = z.object({
  atMs: count,
  connectedNow: count,
  connectedPerSec: count,
  sentPerSec: count,
  acknowledgedPerSec: count,
  receivedPerSec: count,
  failuresPerSec: count,
  p50Ms: count.nullable(),
  p99Ms: count.nullable(),
});

const adaptive = z.object({
  highestRatePerSec: count.nullable(),
  lowestMissedPerSec: count.nullable(),
  limit: z.string().nullable().describe('a threshold, failures, backlog, generator or duration'),
  steps: z
    .array(
      z.object({
        ratePerSec: count,
        durationMs: count,
        ok: z.boolean(),
        limit: z.string().nullable(),
        values: z.record(z.string(), z.number().nullable()),
      }),
    )
    .readonly(),
});

/** A key for each name, none of which has to be there. */
const someOf = <Name extends string, Value extends z.ZodType>(names: readonly Name[], value: Value) =>
  z.partialRecord(z.enum(names), value);

export const runReportSchema = z.object({
  version: z.literal(1),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  kind: z.string(),
  name: z.string().nullable(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  durationMs: count,
  connectMs: count,
  loadMs: count,
  ending: z.object({
    state: z.enum(['finished', 'interrupted', 'aborted', 'failed']),
    reason: z.string().nullable(),
  }),
  target: z.object({
    urls: z.array(z.string()).readonly(),
    protocolVersion: z.union([z.literal(4), z.literal(5)]),
    brokerVersion: z.string().nullable(),
  }),
  options: z.record(z.string(), optionValue),
  environment,
  clients: z.object({wanted: count, connected: count}),
  counters: z.record(z.enum(COUNTERS), counted),
  failures: z.object({
    total: count,
    byReason: z.array(z.object({kind: z.enum(FAILURE_KINDS), reason: z.string(), count})).readonly(),
  }),
  delivery: delivery.nullable(),
  latency: someOf(
    LATENCIES,
    z.object({...distributionFields, service: distribution.nullable(), clamped: count, invalid: count}),
  ),
  recovery: z.record(z.string(), distribution),
  gauges: z.record(z.enum(GAUGES), z.object({now: count, max: count})),
  series: z.array(seriesPoint).readonly(),
  thresholds: z
    .array(z.object({text: z.string(), metric: z.string(), value: z.number().nullable(), ok: z.boolean()}))
    .readonly(),
  generator,
  verdict: z.object({
    ok: z.boolean(),
    problems: z.array(z.string()).readonly(),
    warnings: z.array(z.string()).readonly(),
  }),
  adaptive: adaptive.optional(),
  accounting: accounting.nullable(),
});

/** The JSON Schema that `templates/schemas/run-report.schema.json` has. */
export const runReportJsonSchema = (): unknown => ({
  ...z.toJSONSchema(runReportSchema, {io: 'input'}),
  $id: 'https://iotctl.dev/schemas/run-report.schema.json',
  title: 'A report of a load test or simulation by iotctl',
});

/** The report that a text is. Throws `IOT_INPUT_INVALID`, which says where it is none; `source` names the text. */
export function parseRunReport(text: string, source: string): RunReport {
  const parsed = runReportSchema.safeParse(jsonOf(text, source));
  if (parsed.success) return parsed.data;
  const [{path, message} = {path: [], message: 'not a report'}] = parsed.error.issues;
  throw invalid(source, `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`);
}

function jsonOf(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(source, (error as Error).message);
  }
}

const invalid = (source: string, why: string): IotctlError =>
  new IotctlError('IOT_INPUT_INVALID', `${source} is no report of a run: ${why}`);
