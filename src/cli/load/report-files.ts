/** A report as CSV and Markdown. */
import type {RunReport} from '../../sim/measure/run-report.js';
import {cellValue, textOf} from '../cell.js';
import {plain} from '../color.js';
import {type Columns, columnEntries, renderRows} from '../output.js';
import type {TableLook} from '../table.js';
import {STEP_COLUMNS, stepRows} from './adaptive-lines.js';
import {
  FAILURE_COLUMNS,
  LATENCY_COLUMNS,
  latencyRows,
  type MetricRow,
  metricRows,
  sumLines,
  THRESHOLD_COLUMNS,
  TROUBLE_COLUMNS,
  thresholdRows,
  titleOf,
} from './report-lines.js';

const LOOK: TableLook = {widthMax: undefined, paint: plain, nowMs: 0};

/** A line for each number, so that files of many runs can be laid one behind the other. */
export function reportCsv(report: RunReport): string {
  const columns: Columns<MetricRow> = {
    run: () => report.id,
    kind: () => report.kind,
    name: () => report.name,
    startedAt: () => report.startedAt,
    metric: row => row.metric,
    value: row => row.value,
    unit: row => row.unit,
  };
  return renderRows(metricRows(report), columns, 'csv', LOOK);
}

const SUM_COLUMNS: Columns<readonly [string, string]> = {
  what: ([name]) => name,
  result: ([, value]) => value,
};

/** GitHub-flavoured Markdown: the summary of a step, a comment, a wiki page. */
export function reportMarkdown(report: RunReport): string {
  const {verdict, environment} = report;
  const sums = sumLines(report).map(([name, cell]) => [name, textOf(cellValue(cell))] as const);
  return [
    `### ${verdict.ok ? '✅' : '❌'} ${inline(report.name ?? report.kind)}\n`,
    `${inline(titleOf(report))}.\n`,
    ...list([...verdict.problems, ...verdict.warnings]),
    ...table(sums, SUM_COLUMNS),
    ...table(latencyRows(report), LATENCY_COLUMNS),
    ...table(report.failures.byReason, FAILURE_COLUMNS),
    ...table(report.delivery?.worst ?? [], TROUBLE_COLUMNS),
    ...table(thresholdRows(report), THRESHOLD_COLUMNS),
    ...table(stepRows(report), STEP_COLUMNS),
    `Measured with iotctl ${environment.iotctl}, Node ${environment.node}, ${inline(environment.os)}, ${inline(environment.cpu)} × ${environment.cores}.\n`,
  ].join('\n');
}

const list = (texts: readonly string[]): string[] =>
  texts.length === 0 ? [] : [texts.map(text => `- ${inline(text)}\n`).join('')];

const table = <Row>(rows: readonly Row[], columns: Columns<Row>): string[] =>
  rows.length === 0 ? [] : [renderRows(rows, inlineColumns(columns), 'md', LOOK)];

const inlineColumns = <Row>(columns: Columns<Row>): Columns<Row> =>
  new Map(
    columnEntries(columns).map(([name, cell]) => [name, (row: Row) => inline(textOf(cellValue(cell(row))))]),
  );

/** Markup of strangers, such as a broker's reasons, is shown and not obeyed. */
const inline = (text: string): string =>
  text.replaceAll(/[&<>`*[\]\\|~]/g, char => `&#${char.charCodeAt(0)};`).replaceAll(/\s+/g, ' ');
