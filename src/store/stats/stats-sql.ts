/** The one statement that answers a question for statistics. */
import {labelOfGroup} from '../../domain/stats.js';
import {quotedText} from '../sql-text.js';
import {aggregateSql, isOfSteps, SERIES_SUMS, stepsSql} from './aggregate-sql.js';
import {chosenReadings, type Sql, timeLiteral} from './chosen-readings.js';
import type {StatsRequest} from './stats-request.js';

export const DAY_MS = 86_400_000;

/**
 * Columns: what is grouped by (`metric` first), `bucket` in Unix milliseconds where there are buckets, and the
 * aggregates in their order. Rows are in the order of the groups, then of the buckets.
 */
export function statsSql(request: StatsRequest, rowsMax: number): Sql {
  const {text, values} = chosenReadings(request);
  const keys = [...groupColumns(request), ...(request.everyMs === undefined ? [] : ['bucket'])];
  const bucket = request.everyMs === undefined ? '' : `, ${bucketSql(request, 'time')} AS bucket`;
  const plain = request.aggregates.filter(aggregate => !isOfSteps(aggregate));
  const steps = request.aggregates.filter(isOfSteps);
  const sql = `
    WITH chosen AS (SELECT * ${bucket} FROM (${text})),
    plain AS (
      SELECT ${[...keys, 'count(*) AS readings', ...plain.map((name, index) => `${aggregateSql(name)} AS plain_${index}`)].join(', ')}
      FROM chosen GROUP BY ${keys.join(', ')}
    )
    ${steps.length === 0 ? '' : stepsOf(keys)}
    SELECT ${[...keys.map(key => (key === 'bucket' ? 'epoch_ms(plain.bucket)' : `plain.${key}`)), ...request.aggregates.map(name => (isOfSteps(name) ? `counted.${name}` : `plain_${plain.indexOf(name)}`))].join(', ')}
    FROM plain ${steps.length === 0 ? '' : `JOIN counted ON ${keys.map(key => `counted.${key} IS NOT DISTINCT FROM plain.${key}`).join(' AND ')}`}
    ORDER BY ${keys.map(key => `plain.${key} NULLS FIRST`).join(', ')}
    LIMIT ${rowsMax}`;
  return {text: sql, values};
}

/** Each series by itself, then all of a group. */
const stepsOf = (keys: readonly string[]): string => {
  const ofSeries = [...new Set([...keys, 'device', 'component'])].join(', ');
  return `, stepped AS (${stepsSql('chosen')}),
    per_series AS (SELECT ${ofSeries}, ${SERIES_SUMS} FROM stepped GROUP BY ${ofSeries}),
    counted AS (
      SELECT ${keys.join(', ')}, sum(delta) AS delta, sum(increase) AS increase, sum(rate) AS rate
      FROM per_series GROUP BY ${keys.join(', ')}
    )`;
};

/** Columns of `chosenReadings` that are grouped by. */
export function groupColumns({by}: Pick<StatsRequest, 'by'>): string[] {
  let labels = 0;
  return ['metric', ...by.map(group => (labelOfGroup(group) === undefined ? group : `label_${labels++}`))];
}

/**
 * Where the bucket of a time begins. Buckets are counted from Monday 2000-01-03 00:00, as DuckDB's `time_bucket` does, so
 * that weeks begin on Mondays; those of whole days in the time zone, all others in UTC.
 */
const bucketSql = ({everyMs, timezone}: StatsRequest, time: string): string => {
  if (timezone === undefined) return `time_bucket(to_microseconds(${everyMs! * 1000}), ${time})`;
  return `time_bucket(to_days(${everyMs! / DAY_MS}), ${time}, ${quotedText(timezone)})`;
};

/** All buckets of the range, empty ones too, as Unix milliseconds in order. */
export function bucketsSql(request: StatsRequest): string {
  const {sinceMs, untilMs, everyMs, timezone} = request;
  const zone = quotedText(timezone ?? 'UTC');
  const step =
    timezone === undefined ? `to_microseconds(${everyMs! * 1000})` : `to_days(${everyMs! / DAY_MS})`;
  const local = (time: string): string => `timezone(${zone}, ${time})`;
  return `
    SELECT epoch_ms(bucket) FROM (
      SELECT timezone(${zone}, unnest(generate_series(
        ${local(bucketSql(request, timeLiteral(sinceMs)))}, ${local(timeLiteral(untilMs))}, ${step}))) AS bucket
    ) WHERE bucket < ${timeLiteral(untilMs)} ORDER BY bucket`;
}
