/**
 * The episodes of `src/domain/episode.ts` as one statement, which sorts only what is near a value beyond the limit.
 *
 * A chain is a run of values of a series that can be of an episode, each at most a gap after the one before; what lies
 * between them is not looked at yet. Every episode is part of one chain, so chains that are too short need not be followed.
 * Of the others all readings are read, and up to a gap around them those that tell how an episode began and ended.
 */
import type {EpisodeCondition, EpisodeRule} from '../../domain/episode.js';
import {microseconds} from '../microseconds.js';
import {anyText} from '../sql-text.js';
import {chosenReadings} from '../stats/chosen-readings.js';
import type {ReadingChoice} from '../stats/stats-request.js';

export interface EpisodesRequest extends ReadingChoice, EpisodeRule {
  readonly timeoutMs: number;
  readonly consistent: boolean;
}

/**
 * Columns: `metric`, `device`, `component`, and those of an `Episode` in their order, times in Unix milliseconds; in the
 * order of their begins. `readings` stands behind FROM.
 */
export function episodesSql(request: EpisodesRequest, readings: string, rowsMax: number): string {
  const {condition, metrics, sinceMs, untilMs, forMs, maxGapMs} = request;
  const [sinceUs, untilUs, gapUs, forUs] = [sinceMs, untilMs, maxGapMs, forMs].map(microseconds) as Four;
  const shift = bucketShift(gapUs);
  const bucketsOfGap = Math.ceil(gapUs / 2 ** shift);
  // One metric needs no column: to compare it once more for every reading takes as long as to read another column.
  const series = metrics.length === 1 ? ['device', 'component'] : ['metric', 'device', 'component'];
  const ofSeries = series.join(', ');
  const metric = metrics.length === 1 ? anyText(metrics[0]!) : 'metric';
  return `
    WITH chosen AS NOT MATERIALIZED (
      SELECT ${ofSeries}, value, "offset", epoch_us(time) AS us, epoch_us(time) >> ${shift} AS bucket
      FROM (${chosenReadings(request, readings)})
    ),
    ${chainsSql(ofSeries, {candidate: candidateSql(condition), gapUs, forUs})},
    near AS (SELECT * EXCLUDE (from_bucket, to_bucket), unnest(range(from_bucket - ${bucketsOfGap}, to_bucket + ${bucketsOfGap + 1})) AS bucket FROM chains),
    scoped AS MATERIALIZED (
      SELECT chain, us, "offset", value, CASE WHEN us < from_us THEN -1 WHEN us > to_us THEN 1 ELSE 0 END AS side
      FROM (
        SELECT near.chain, near.from_us, near.to_us, chosen.us, chosen."offset", chosen.value
        FROM chosen JOIN near ON chosen.bucket = near.bucket
          AND ${series.map(column => `chosen.${column} IS NOT DISTINCT FROM near.${column}`).join(' AND ')}
      )
      WHERE us - from_us >= -${gapUs} AND us - to_us <= ${gapUs}
    ),
    edges AS (
      SELECT chain, count_if(side < 0) AS before, count_if(side = 0) AS within, count_if(side > 0) AS after
      FROM scoped GROUP BY chain
    ),
    placed AS (
      SELECT chain, us, value, ${distanceSql(condition)} AS distance, row_number() OVER series AS place,
        count_if(NOT (${candidateSql(condition)})) OVER series AS run
      FROM scoped WHERE side = 0
      WINDOW series AS (PARTITION BY chain ORDER BY us, "offset", value ROWS UNBOUNDED PRECEDING)
    ),
    held AS (${heldSql(condition)}),
    found AS (
      SELECT chain, min(us) AS start_us, max(us) AS end_us, count(*) AS samples,
        arg_min(struct_pack(value, us), struct_pack(d := -distance, place)) AS peak,
        min(place) AS first_place, max(place) AS last_place
      FROM held GROUP BY chain, run HAVING max(us) - min(us) >= ${forUs}
    )
    SELECT ${metric}, device, component, start_us // 1000, end_us // 1000, peak.value, peak.us // 1000, samples,
      CASE WHEN first_place > 1 OR before > 0 THEN 'value' WHEN start_us - ${sinceUs} > ${gapUs} THEN 'gap' ELSE 'range' END,
      CASE WHEN last_place < within OR after > 0 THEN 'value' WHEN ${untilUs} - end_us > ${gapUs} THEN 'gap' ELSE 'range' END
    FROM found JOIN chains USING (chain) JOIN edges USING (chain)
    ORDER BY start_us, ${ofSeries}
    LIMIT ${rowsMax}`;
}

type Four = [number, number, number, number];

/**
 * Buckets are as many microseconds as the largest power of two that a gap may be long: of what is in one bucket nothing is farther
 * apart than two readings of a chain may be. To shift every reading's time takes a fifth as long as to divide it.
 */
const bucketShift = (gapUs: number): number => Math.floor(Math.log2(gapUs + 1));

/** Of each bucket the first and the last that can be of an episode; those of one chain are at most a gap apart. */
const chainsSql = (
  ofSeries: string,
  {candidate, gapUs, forUs}: {candidate: string; gapUs: number; forUs: number},
): string => `
    marked AS (
      SELECT ${ofSeries}, bucket, min(us) AS from_us, max(us) AS to_us FROM chosen WHERE ${candidate} GROUP BY ${ofSeries}, bucket
    ),
    linked AS (
      SELECT *, (from_us - lag(to_us) OVER series > ${gapUs}) IS TRUE AS breaks
      FROM marked WINDOW series AS (PARTITION BY ${ofSeries} ORDER BY bucket)
    ),
    numbered AS (
      SELECT *, count_if(breaks) OVER (PARTITION BY ${ofSeries} ORDER BY bucket ROWS UNBOUNDED PRECEDING) AS link FROM linked
    ),
    chains AS MATERIALIZED (
      SELECT row_number() OVER () AS chain, * EXCLUDE (link) FROM (
        SELECT ${ofSeries}, link, min(from_us) AS from_us, max(to_us) AS to_us,
          min(bucket) AS from_bucket, max(bucket) AS to_bucket
        FROM numbered GROUP BY ${ofSeries}, link HAVING max(to_us) - min(from_us) >= ${forUs}
      )
    )`;

/** A value between the limit and the hysteresis holds where one beyond the limit was before it in its run. */
const heldSql = ({hysteresis}: EpisodeCondition): string =>
  hysteresis > 0
    ? `SELECT * EXCLUDE (begun) FROM (
        SELECT *, min(place) FILTER (WHERE distance > 0) OVER (PARTITION BY chain, run) AS begun
        FROM placed WHERE distance > -${numberSql(hysteresis)}
      ) WHERE place >= begun`
    : 'SELECT * FROM placed WHERE distance > 0';

/** Can a value be of an episode? Where there is no hysteresis, written so that DuckDB compares while it scans. */
function candidateSql(condition: EpisodeCondition): string {
  if (condition.hysteresis > 0) return `${distanceSql(condition)} > -${numberSql(condition.hysteresis)}`;
  if (condition.kind === 'outside')
    return `value NOT BETWEEN ${numberSql(condition.low)} AND ${numberSql(condition.high)}`;
  return `value ${condition.kind === 'above' ? '>' : '<'} ${numberSql(condition.limit)}`;
}

/** How far a value is beyond the limit, as `beyond` of the domain has it. */
function distanceSql(condition: EpisodeCondition): string {
  if (condition.kind === 'outside')
    return `greatest(${numberSql(condition.low)} - value, value - ${numberSql(condition.high)})`;
  const limit = numberSql(condition.limit);
  return condition.kind === 'above' ? `value - ${limit}` : `${limit} - value`;
}

/** Every digit of a double. */
const numberSql = (value: number): string => `(${JSON.stringify(value)}::DOUBLE)`;
