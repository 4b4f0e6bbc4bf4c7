/** The one statement that answers a question for statistics. */
import {labelOfGroup} from '../../domain/stats.js';
import {anyText, quotedText} from '../sql-text.js';
import {aggregateSql, isOfSteps, SERIES_SUMS, stepsSql} from './aggregate-sql.js';
import {chosenReadings, timeLiteral} from './chosen-readings.js';
import type {StatsRequest} from './stats-request.js';

export const DAY_MS = 86_400_000;

/**
 * Columns: what is grouped by (`metric` first), `bucket` in Unix milliseconds where there are buckets, and the
 * aggregates in their order. Rows are in the order of the groups, then of the buckets. `readings` stands behind FROM.
 */
export function statsSql(request: StatsRequest, readings: string, rowsMax: number): string {
  const {everyMs, aggregates} = request;
  const keys = [...groupColumns(request), ...(everyMs === undefined ? [] : ['bucket'])];
  const bucket = everyMs === undefined ? '' : `, ${bucketSql(request, 'time')} AS bucket`;
  const chosen = `SELECT * ${bucket} FROM (${chosenReadings(request, readings)})`;
  const sql = aggregates.some(isOfSteps)
    ? withSteps(chosen, keys, aggregates)
    : withoutSteps(chosen, keys, request);
  return `${sql} LIMIT ${rowsMax}`;
}

/** To group by a metric that all rows have would take as long as the rest of a small question. */
function withoutSteps(
  chosen: string,
  keys: readonly string[],
  {aggregates, metrics}: Pick<StatsRequest, 'aggregates' | 'metrics'>,
): string {
  const [metric] = metrics;
  const isOne = metrics.length === 1;
  const grouped = isOne ? keys.slice(1) : keys;
  const cells = keys.map(key => (isOne && key === 'metric' ? anyText(metric!) : keySql(key)));
  const rows = `SELECT ${[...cells, ...aggregates.map(aggregateSql)].join(', ')} FROM (${chosen})`;
  if (grouped.length === 0) return `${rows} HAVING count(*) > 0`;
  return `${rows} GROUP BY ${grouped.join(', ')} ${inOrder(grouped)}`;
}

/** Each series by itself, then all of a group. */
function withSteps(chosen: string, keys: readonly string[], aggregates: StatsRequest['aggregates']): string {
  const plain = aggregates.filter(aggregate => !isOfSteps(aggregate));
  const ofSeries = [...new Set([...keys, 'device', 'component'])].join(', ');
  const cells = [
    ...keys.map(key => keySql(key, 'plain.')),
    ...aggregates.map(name => (isOfSteps(name) ? `counted.${name}` : `plain_${plain.indexOf(name)}`)),
  ];
  return `
    WITH chosen AS (${chosen}),
    plain AS (
      SELECT ${[...keys, ...plain.map((name, index) => `${aggregateSql(name)} AS plain_${index}`)].join(', ')}
      FROM chosen GROUP BY ${keys.join(', ')}
    ),
    stepped AS (${stepsSql('chosen')}),
    per_series AS (SELECT ${ofSeries}, ${SERIES_SUMS} FROM stepped GROUP BY ${ofSeries}),
    counted AS (
      SELECT ${keys.join(', ')}, sum(delta) AS delta, sum(increase) AS increase, sum(rate) AS rate
      FROM per_series GROUP BY ${keys.join(', ')}
    )
    SELECT ${cells.join(', ')}
    FROM plain JOIN counted ON ${keys.map(key => `counted.${key} IS NOT DISTINCT FROM plain.${key}`).join(' AND ')}
    ${inOrder(keys, 'plain.')}`;
}

const keySql = (key: string, of = ''): string => (key === 'bucket' ? `epoch_ms(${of}bucket)` : of + key);

const inOrder = (keys: readonly string[], of = ''): string =>
  `ORDER BY ${keys.map(key => `${of}${key} NULLS FIRST`).join(', ')}`;

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

/** All buckets of the range in a time zone, empty ones too, as Unix milliseconds in order. */
export function zoneBucketsSql(request: StatsRequest & {readonly timezone: string}): string {
  const {sinceMs, untilMs, everyMs, timezone} = request;
  const local = (time: string): string => `timezone(${quotedText(timezone)}, ${time})`;
  return `
    SELECT epoch_ms(bucket) FROM (
      SELECT timezone(${quotedText(timezone)}, unnest(generate_series(
        ${local(bucketSql(request, timeLiteral(sinceMs)))}, ${local(timeLiteral(untilMs))}, to_days(${everyMs! / DAY_MS})))) AS bucket
    ) WHERE bucket < ${timeLiteral(untilMs)} ORDER BY bucket`;
}
