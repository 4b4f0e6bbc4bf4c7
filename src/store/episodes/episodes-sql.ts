/** The episodes of `src/domain/episode.ts` as one statement: gaps and islands. */
import type {EpisodeCondition, EpisodeRule} from '../../domain/episode.js';
import {chosenReadings, type Sql} from '../stats/chosen-readings.js';
import type {ReadingChoice} from '../stats/stats-request.js';

export interface EpisodesRequest extends ReadingChoice, EpisodeRule {
  readonly timeoutMs: number;
  readonly consistent: boolean;
}

const SERIES = 'metric, device, component';
/** The order of the readings of a series; that of one message by value. */
const IN_ORDER = 'us, "offset", value';

/**
 * Columns: `metric`, `device`, `component`, and those of an `Episode` in their order, times in Unix milliseconds; in the
 * order of their begins. Only what lies near a value beyond the limit is sorted.
 */
export function episodesSql(request: EpisodesRequest, rowsMax: number): Sql {
  const {text, values} = chosenReadings(request);
  const {condition, sinceMs, untilMs} = request;
  const gapUs = request.maxGapMs * 1000;
  const sql = `
    WITH chosen AS NOT MATERIALIZED (
      SELECT ${SERIES}, epoch_us(time) AS us, value, "offset", ${distanceSql(condition)} AS distance,
        coalesce(component, '') AS part, epoch_us(time) // ${gapUs + 1} AS bucket
      FROM (${text})
    ),
    near AS (${nearSql(condition.hysteresis)}),
    readings_near AS (SELECT chosen.* FROM chosen SEMI JOIN near USING (metric, device, part, bucket)),
    ${condition.hysteresis > 0 ? heldSql(condition.hysteresis, gapUs) : 'held AS (SELECT *, distance > 0 AS holds FROM readings_near)'},
    stepped AS (
      SELECT *, lag(us) OVER series AS before_us, lag(holds) OVER series AS held_before, lead(us) OVER series AS after_us
      FROM held WINDOW series AS (PARTITION BY ${SERIES} ORDER BY ${IN_ORDER})
    ),
    begun AS (
      SELECT *, held_before IS NOT TRUE OR us - before_us > ${gapUs} AS begins,
        CASE WHEN us - coalesce(before_us, ${sinceMs * 1000}) > ${gapUs} THEN 'gap'
          WHEN before_us IS NULL THEN 'range' ELSE 'value' END AS before,
        CASE WHEN coalesce(after_us, ${untilMs * 1000}) - us > ${gapUs} THEN 'gap'
          WHEN after_us IS NULL THEN 'range' ELSE 'value' END AS after
      FROM stepped WHERE holds
    ),
    islands AS (
      SELECT *, count_if(begins) OVER (PARTITION BY ${SERIES} ORDER BY ${IN_ORDER} ROWS UNBOUNDED PRECEDING) AS island
      FROM begun
    )
    SELECT ${SERIES}, min(us) // 1000, max(us) // 1000,
      first(value ORDER BY distance DESC, ${IN_ORDER}), first(us ORDER BY distance DESC, ${IN_ORDER}) // 1000,
      count(*), first(before ORDER BY ${IN_ORDER}), last(after ORDER BY ${IN_ORDER})
    FROM islands GROUP BY ${SERIES}, island
    HAVING max(us) - min(us) >= ${request.forMs * 1000}
    ORDER BY min(us), ${SERIES}
    LIMIT ${rowsMax}`;
  return {text: sql, values};
}

/**
 * Buckets of a series, each a little longer than the largest gap, with a value that can be of an episode, and those beside
 * them. An episode, and the readings that it is told from, lie in these: whatever is farther away is beyond a gap.
 */
const nearSql = (hysteresis: number): string => `
  SELECT DISTINCT metric, device, part, bucket + beside AS bucket
  FROM (SELECT DISTINCT metric, device, part, bucket FROM chosen WHERE distance > -${numberSql(hysteresis)}),
    (VALUES (-1), (0), (1)) AS t(beside)`;

/** A value between the limit and the hysteresis holds where the one before it did, as far as no gap is between. */
const heldSql = (hysteresis: number, gapUs: number): string => `
  runs AS (
    SELECT *, count_if(apart) OVER (PARTITION BY ${SERIES} ORDER BY ${IN_ORDER} ROWS UNBOUNDED PRECEDING) AS run
    FROM (
      SELECT *, us - lag(us, 1, us) OVER (PARTITION BY ${SERIES} ORDER BY ${IN_ORDER}) > ${gapUs} AS apart
      FROM readings_near
    )
  ),
  held AS (
    SELECT * EXCLUDE (apart, run), coalesce(last_value(
      CASE WHEN distance > 0 THEN true WHEN distance <= -${numberSql(hysteresis)} THEN false END IGNORE NULLS
    ) OVER (PARTITION BY ${SERIES}, run ORDER BY ${IN_ORDER} ROWS UNBOUNDED PRECEDING), false) AS holds
    FROM runs
  )`;

/** How far a value is beyond the limit, as `beyond` of the domain has it. */
function distanceSql(condition: EpisodeCondition): string {
  if (condition.kind === 'outside')
    return `greatest(${numberSql(condition.low)} - value, value - ${numberSql(condition.high)})`;
  const limit = numberSql(condition.limit);
  return condition.kind === 'above' ? `value - ${limit}` : `${limit} - value`;
}

/** Every digit of a double. */
const numberSql = (value: number): string => `(${JSON.stringify(value)}::DOUBLE)`;
