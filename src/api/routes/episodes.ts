import {z} from 'zod';
import type {EpisodeCondition} from '../../domain/episode.js';
import type {ShownEpisode} from '../../domain/episode-answer.js';
import {countEpisodes, type SeriesEpisode} from '../../domain/episode-counts.js';
import {IotctlError} from '../../domain/errors.js';
import {checkGroup, labelOfGroup} from '../../domain/stats.js';
import {callerOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import {devicesOf, freshnessSchema, metricSchema, rangeOf, readingChoice} from '../reading-choice.js';
import type {Server} from '../server.js';

const DURATION_MS_MAX = 366 * 86_400_000;
const GROUPS_MAX = 8;

const limitSchema = z.number();
const durationSchema = z.number().int().min(0).max(DURATION_MS_MAX);

const episodesBody = z.strictObject({
  ...readingChoice,
  metric: metricSchema,
  /** One of the three says when the condition holds. */
  outside: z.strictObject({low: limitSchema, high: limitSchema}).optional(),
  above: limitSchema.optional(),
  below: limitSchema.optional(),
  /** What began goes on until a value is so far on the other side of the limit. */
  hysteresis: z.number().min(0).default(0),
  /** Only what lasts so long. */
  forMs: durationSchema.default(0),
  /** Between readings that are farther apart nothing is known. */
  maxGapMs: durationSchema.default(15 * 60_000),
  by: z.array(z.string()).max(GROUPS_MAX).default([]),
});

const edgeSchema = z.enum(['value', 'gap', 'range']);

const episodesAnswer = z.object({
  since: z.string(),
  until: z.string(),
  episodes: z.array(
    z.object({
      metric: z.string(),
      device: z.string(),
      component: z.string().nullable(),
      start: z.string(),
      end: z.string(),
      durationMs: z.number(),
      peak: z.number(),
      peakTime: z.string(),
      samples: z.number(),
      startedBy: edgeSchema,
      endedBy: edgeSchema,
    }),
  ),
  counts: z.array(
    z.object({
      group: z.record(z.string(), z.string().nullable()),
      episodes: z.number(),
      durationMs: z.number(),
      longestMs: z.number(),
    }),
  ),
  freshness: freshnessSchema,
  elapsedMs: z.number(),
});

export function episodesRoute(server: Server, ports: ApiPorts): void {
  server.route({
    method: 'POST',
    url: '/v1/episodes',
    config: {permission: 'query:run'},
    schema: {
      summary: 'Stretches of time during which readings were beyond a limit',
      body: episodesBody,
      response: {200: episodesAnswer},
    },
    async handler(request) {
      const {lastMs, since, until, selector, devices, metric, by: groups, ...asked} = request.body;
      const {outside, above, below, hysteresis, ...rest} = asked;
      const range = rangeOf({lastMs, since, until});
      const condition = conditionOf({outside, above, below, hysteresis});
      const by = [...new Set(groups.map(checkGroup))];
      const labels = by.flatMap(group => labelOfGroup(group) ?? []);
      const chosen = await devicesOf(ports, request, {selector, devices}, labels);
      const answer = await ports.episodes(callerOf(request).tenant, {
        ...rest,
        ...range,
        // Labels are for the counts, which are made here; all devices need not be named.
        devices: chosen.onlyDevices ? chosen.devices?.map(({device}) => ({device, labels: []})) : undefined,
        labelCount: 0,
        onlyDevices: chosen.onlyDevices,
        metrics: [metric],
        condition,
      });
      const labelsOf = new Map(chosen.devices?.map(known => [known.device, known.labels]));
      const groupOf = (episode: SeriesEpisode): Record<string, string | null> =>
        Object.fromEntries(
          by.map(group => {
            const label = labelOfGroup(group);
            if (label === undefined) return [group, episode[group as 'device' | 'component']];
            return [group, labelsOf.get(episode.device)?.[labels.indexOf(label)] ?? null];
          }),
        );
      return {
        since: new Date(range.sinceMs).toISOString(),
        until: new Date(range.untilMs).toISOString(),
        episodes: answer.rows.map(shown),
        counts: countEpisodes(answer.rows, groupOf),
        freshness: answer.freshness,
        elapsedMs: answer.elapsedMs,
      };
    },
  });
}

interface AskedCondition {
  readonly outside?: {readonly low: number; readonly high: number} | undefined;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  readonly hysteresis: number;
}

/** Throws `IOT_REQUEST_INVALID` unless there is exactly one. */
function conditionOf({outside, above, below, hysteresis}: AskedCondition): EpisodeCondition {
  const given = [outside, above, below].filter(limit => limit !== undefined);
  if (given.length !== 1)
    throw new IotctlError('IOT_REQUEST_INVALID', 'give one of outside, above and below');
  if (outside === undefined)
    return above === undefined
      ? {kind: 'below', limit: below!, hysteresis}
      : {kind: 'above', limit: above, hysteresis};
  if (outside.low > outside.high)
    throw new IotctlError('IOT_REQUEST_INVALID', `the range ${outside.low}..${outside.high} is empty`);
  return {kind: 'outside', ...outside, hysteresis};
}

const shown = ({startMs, endMs, peakMs, ...episode}: SeriesEpisode): ShownEpisode => ({
  ...episode,
  start: new Date(startMs).toISOString(),
  end: new Date(endMs).toISOString(),
  durationMs: endMs - startMs,
  peakTime: new Date(peakMs).toISOString(),
});
