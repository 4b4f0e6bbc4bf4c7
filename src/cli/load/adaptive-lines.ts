/** What a search for the highest rate came to, in words and rows. */
import {countText, metricText} from '../../sim/measure/metric-text.js';
import type {RunReport} from '../../sim/measure/run-report.js';
import {parseThreshold} from '../../sim/measure/threshold.js';
import {type Cell, toned} from '../cell.js';
import type {Columns} from '../output.js';

type Search = NonNullable<RunReport['adaptive']>;
type StepRow = Search['steps'][number];

export const STEP_COLUMNS: Columns<StepRow> = {
  rate: row => perSec(row.ratePerSec),
  values: row => valuesText(row),
  result: row => (row.ok ? toned('held', 'good') : toned('missed', 'bad')),
  limit: row => row.limit,
};

export const stepRows = ({adaptive}: RunReport): readonly StepRow[] => adaptive?.steps ?? [];

/** The line of the sums that says it; none where no rate was sought. */
export function highestRateLine({adaptive}: RunReport): [string, Cell][] {
  if (adaptive === undefined) return [];
  const {highestRatePerSec: highest, lowestMissedPerSec: missed, limit} = adaptive;
  if (highest === null) return [['highest rate', toned('none held', 'bad')]];
  const until = missed === null ? 'time was up before one missed' : `${perSec(missed)} missed: ${limit}`;
  return [['highest rate', toned(`${perSec(highest)} held; ${until}`, 'good')]];
}

const perSec = (rate: number): string => `${countText(Math.round(rate * 100) / 100)}/s`;

const valuesText = ({values}: StepRow): string =>
  Object.entries(values)
    .map(([text, value]) => {
      const {metric, unit} = parseThreshold(text);
      return `${metric} ${value === null ? 'not measured' : metricText(value, unit)}`;
    })
    .join(', ');
