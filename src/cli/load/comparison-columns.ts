import type {ComparedMetric, Comparison} from '../../sim/measure/comparison.js';
import {metricText} from '../../sim/measure/metric-text.js';
import {toned} from '../cell.js';
import type {Tone} from '../color.js';
import {type Columns, renderRows} from '../output.js';
import type {TableLook} from '../table.js';
import {visible} from '../text-width.js';

const TONES: Readonly<Record<ComparedMetric['change'], Tone>> = {
  regressed: 'bad',
  worse: 'warning',
  same: 'dim',
  better: 'good',
  unsure: 'dim',
};

export const COMPARISON_COLUMNS: Columns<ComparedMetric> = {
  metric: row => row.metric,
  before: row => (row.before === null ? null : metricText(row.before, row.unit)),
  after: row => (row.after === null ? null : metricText(row.after, row.unit)),
  difference: row =>
    row.changePercent === null
      ? null
      : `${row.changePercent >= 0 ? '+' : ''}${row.changePercent.toFixed(1)} %`,
  change: row => toned(row.change, TONES[row.change]),
};

/** A table for people; what makes the runs less comparable stands below it. */
export const comparisonText = ({baseline, run, rows, warnings}: Comparison, look: TableLook): string =>
  [
    `${look.paint('strong', `${baseline}, then ${run}`)}\n`,
    renderRows(rows, COMPARISON_COLUMNS, 'table', look),
    ...(warnings.length === 0
      ? []
      : [warnings.map(text => `${look.paint('warning', visible(text))}\n`).join('')]),
  ].join('\n');
