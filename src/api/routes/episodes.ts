import {z} from 'zod';
import type {EpisodeCondition} from '../../domain/episode.js';
import type {ShownEpisode} from '../../domain/episode-answer.js';
import {countEpisodes, type SeriesEpisode} from '../../domain/episode-counts.js';
import {IotctlError} from '../../domain/errors.js';
import {checkGroup, labelOfGroup} from '../../domain/stats.js';
import {parseReadingCondition} from '../../expression/reading-condition.js';
import type {ReadingChoice} from '../../store/stats/stats-request.js';
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
  /** One of the four says when the condition holds. */
  outside: z.strictObject({low: limitSchema, high: limitSchema}).optional(),
  above: limitSchema.optional(),
  below: limitSchema.optional(),
  /** In the Common Expression Language, over all metrics of a component: `temperature > 30 && humidity < 20`. */
  when: z.string().optional(),
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
      summary: 'Stretches of time during which readings were beyond a limit, or a condition held',
      body: episodesBody,
      response: {200: episodesAnswer},
    },
    async handler(request) {
      const {lastMs, since, until, selector, devices, metric, by: groups, ...asked} = request.body;
      const {outside, above, below, when, hysteresis, ...rest} = asked;
      const range = rangeOf({lastMs, since, until});
      const condition = conditionOf({outside, above, below, when, hysteresis});
      const by = [...new Set(groups.map(checkGroup))];
      const needed = 'when' in condition ? parseReadingCondition(condition.when, 'when').labels : [];
      const labels = [...needed, ...by.flatMap(group => labelOfGroup(group) ?? [])];
      const chosen = await devicesOf(ports, request, {selector, devices}, labels);
      const answer = await ports.episodes(callerOf(request).tenant, {
        ...rest,
        ...range,
        ...neededOf(chosen, needed.length),
        metrics: [metric],
        ...condition,
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
        episodes: answer.found.map(shown),
        counts: countEpisodes(answer.found, groupOf),
        freshness: answer.freshness,
        elapsedMs: answer.elapsedMs,
      };
    },
  });
}

/** Labels to count by are for this place: the store gets the first ones, and only the devices that it has to know. */
function neededOf(
  {devices, onlyDevices}: Awaited<ReturnType<typeof devicesOf>>,
  labelCount: number,
): Pick<ReadingChoice, 'devices' | 'labelCount' | 'onlyDevices'> {
  if (!onlyDevices && labelCount === 0) return {labelCount, onlyDevices};
  const named = devices?.map(({device, labels}) => ({device, labels: labels.slice(0, labelCount)}));
  return {devices: named, labelCount, onlyDevices};
}

interface AskedCondition {
  readonly outside?: {readonly low: number; readonly high: number} | undefined;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  readonly when?: string | undefined;
  readonly hysteresis: number;
}

/** Throws `IOT_REQUEST_INVALID` unless there is exactly one. */
function conditionOf(asked: AskedCondition): {condition: EpisodeCondition} | {when: string} {
  const {outside, above, below, when, hysteresis} = asked;
  const given = [outside, above, below, when].filter(limit => limit !== undefined);
  if (given.length !== 1)
    throw new IotctlError('IOT_REQUEST_INVALID', 'give one of outside, above, below and when');
  if (when !== undefined && hysteresis > 0)
    throw new IotctlError('IOT_REQUEST_INVALID', 'hysteresis is of a limit, and when has none');
  if (when !== undefined) return {when};
  if (above !== undefined) return {condition: {kind: 'above', limit: above, hysteresis}};
  if (below !== undefined) return {condition: {kind: 'below', limit: below, hysteresis}};
  const {low, high} = outside!;
  if (low > high) throw new IotctlError('IOT_REQUEST_INVALID', `the range ${low}..${high} is empty`);
  return {condition: {kind: 'outside', low, high, hysteresis}};
}

/** Each key by its name: what a rest takes from thousands of objects is slow to make, and slow to read. */
const shown = (episode: SeriesEpisode): ShownEpisode => ({
  metric: episode.metric,
  device: episode.device,
  component: episode.component,
  start: new Date(episode.startMs).toISOString(),
  end: new Date(episode.endMs).toISOString(),
  durationMs: episode.endMs - episode.startMs,
  peak: episode.peak,
  peakTime: new Date(episode.peakMs).toISOString(),
  samples: episode.samples,
  startedBy: episode.startedBy,
  endedBy: episode.endedBy,
});
