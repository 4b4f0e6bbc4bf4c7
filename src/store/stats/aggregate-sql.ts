/** Each aggregate as SQL. */
import {type Aggregate, quantileOf} from '../../domain/stats.js';

/** Over the steps from one reading of a series to the next; they are summed for each series before groups are. */
const OF_STEPS: readonly Aggregate[] = ['delta', 'increase', 'rate'];

export const isOfSteps = (aggregate: Aggregate): boolean => OF_STEPS.includes(aggregate);

/** Of the readings of a group: an expression over `time`, `value` and `"offset"`. */
export function aggregateSql(aggregate: Aggregate): string {
  const quantile = quantileOf(aggregate);
  if (quantile !== undefined) return `quantile_cont(value, ${quantile})`;
  switch (aggregate) {
    case 'count':
      return 'count(*)';
    case 'stddev':
      return 'stddev_samp(value)';
    // By time; of readings of the same time the one that came later, and of those of one message the larger.
    case 'first':
      return 'min(struct_pack(t := time, o := "offset", v := value)).v';
    case 'last':
      return 'max(struct_pack(t := time, o := "offset", v := value)).v';
    default:
      return `${aggregate}(value)`;
  }
}

/** Adds to readings how each differs from the one before it in its series. A fall is a counter that began anew at 0. */
export const stepsSql = (readings: string): string => `
  SELECT *, value - before AS change, CASE WHEN value < before THEN value ELSE value - before END AS rise,
    epoch_us(time) - before_us AS passed_us
  FROM (
    SELECT *, lag(value) OVER series AS before, lag(epoch_us(time)) OVER series AS before_us FROM ${readings}
    WINDOW series AS (PARTITION BY metric, device, component ORDER BY time, "offset", value)
  )`;

/** Sums of the steps of one series in one bucket. */
export const SERIES_SUMS =
  'sum(change) AS delta, sum(rise) AS increase, sum(rise) / (nullif(sum(passed_us), 0) / 1e6) AS rate';
