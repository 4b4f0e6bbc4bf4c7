/** A report for people at a terminal. */
import type {RunReport} from '../../sim/measure/run-report.js';
import {renderRows} from '../output.js';
import {renderCard, type TableLook} from '../table.js';
import {visible} from '../text-width.js';
import {STEP_COLUMNS, stepRows} from './adaptive-lines.js';
import {
  FAILURE_COLUMNS,
  LATENCY_COLUMNS,
  latencyRows,
  sumLines,
  THRESHOLD_COLUMNS,
  TROUBLE_COLUMNS,
  thresholdRows,
  titleOf,
} from './report-lines.js';

export function reportText(report: RunReport, look: TableLook): string {
  const {verdict, delivery, failures} = report;
  const sections = [
    `${look.paint('strong', visible(titleOf(report)))}\n`,
    renderCard(sumLines(report), look),
    ...tableOf(latencyRows(report), LATENCY_COLUMNS, look),
    ...tableOf(failures.byReason, FAILURE_COLUMNS, look),
    ...tableOf(delivery?.worst ?? [], TROUBLE_COLUMNS, look),
    ...tableOf(thresholdRows(report), THRESHOLD_COLUMNS, look),
    ...tableOf(stepRows(report), STEP_COLUMNS, look),
    ...(verdict.warnings.length === 0
      ? []
      : [verdict.warnings.map(text => `${look.paint('warning', visible(text))}\n`).join('')]),
    verdict.ok
      ? `${look.paint('good', 'ok')}\n`
      : `${look.paint('bad', 'not ok')}: ${visible(verdict.problems.join('; '))}\n`,
  ];
  return sections.join('\n');
}

const tableOf = <Row>(
  rows: readonly Row[],
  columns: Parameters<typeof renderRows<Row>>[1],
  look: TableLook,
): string[] => (rows.length === 0 ? [] : [renderRows(rows, columns, 'table', look)]);
