import {z} from 'zod';
import {IotctlError} from '../../domain/errors.js';
import {checkAggregate, checkGroup, labelOfGroup} from '../../domain/stats.js';
import {statsRows} from '../../domain/stats-table.js';
import {callerOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import {devicesOf, freshnessSchema, metricSchema, rangeOf, readingChoice} from '../reading-choice.js';
import type {Server} from '../server.js';
import {unitsOf} from '../units.js';

const DAY_MS = 86_400_000;
const METRICS_MAX = 32;
const GROUPS_MAX = 8;

const statsBody = z.strictObject({
  ...readingChoice,
  metrics: z.array(metricSchema).min(1).max(METRICS_MAX),
  /** Cuts the range into buckets. */
  everyMs: z
    .number()
    .int()
    .min(1)
    .max(3650 * DAY_MS)
    .optional(),
  /** Whole days begin at midnight there; an IANA name. */
  timezone: z.string().min(1).max(64).optional(),
  by: z.array(z.string()).max(GROUPS_MAX).default([]),
  aggregates: z.array(z.string()).min(1).max(METRICS_MAX).default(['avg', 'min', 'max', 'count']),
});

const statsAnswer = z.object({
  since: z.string(),
  until: z.string(),
  everyMs: z.number().nullable(),
  rows: z.array(
    z.object({
      time: z.string().optional(),
      metric: z.string(),
      device: z.string().optional(),
      component: z.string().nullable().optional(),
      labels: z.record(z.string(), z.string().nullable()).optional(),
      values: z.record(z.string(), z.number().nullable()),
    }),
  ),
  units: z.record(z.string(), z.string()),
  freshness: freshnessSchema,
  elapsedMs: z.number(),
});

export function statsRoute(server: Server, ports: ApiPorts): void {
  server.route({
    method: 'POST',
    url: '/v1/stats',
    config: {permission: 'query:run'},
    schema: {
      summary: 'What readings come to: averages, percentiles, rates and more, by time, device or label',
      body: statsBody,
      response: {200: statsAnswer},
    },
    async handler(request) {
      const {lastMs, since, until, selector, devices, ...asked} = request.body;
      const range = rangeOf({lastMs, since, until});
      const by = unique(asked.by.map(checkGroup));
      const aggregates = unique(asked.aggregates.map(checkAggregate));
      checkTimezone(asked);
      const labels = by.flatMap(group => labelOfGroup(group) ?? []);
      const chosen = await devicesOf(ports, request, {selector, devices}, labels);
      const {found, freshness, elapsedMs} = await ports.stats(callerOf(request).tenant, {
        ...asked,
        ...range,
        ...chosen,
        metrics: unique(asked.metrics),
        by,
        aggregates,
      });
      return {
        rows: statsRows(found),
        freshness,
        elapsedMs,
        since: new Date(range.sinceMs).toISOString(),
        until: new Date(range.untilMs).toISOString(),
        everyMs: asked.everyMs ?? null,
        units: await unitsOf(ports, request, asked.metrics),
      };
    },
  });
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

/** Throws `IOT_REQUEST_INVALID`. */
function checkTimezone({timezone, everyMs}: {timezone?: string | undefined; everyMs?: number | undefined}) {
  if (timezone === undefined) return;
  if (everyMs === undefined || everyMs % DAY_MS !== 0)
    throw new IotctlError('IOT_REQUEST_INVALID', 'a time zone is for buckets of whole days, such as 1d');
  if (!/^[A-Za-z]/.test(timezone) || !isTimezone(timezone))
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      `no time zone ${JSON.stringify(timezone)}: use a name such as Europe/Oslo`,
    );
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', {timeZone: name}).format(0) !== '';
  } catch {
    return false;
  }
}
