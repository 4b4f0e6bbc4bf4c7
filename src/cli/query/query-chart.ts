/** An answer as a chart: the first column that is a time or a number goes across, every other number is a line. */
import type {QueryResult} from '../../client/query-api.js';
import {IotctlError} from '../../domain/errors.js';
import {
  type Chart,
  type ChartLine,
  type ChartLook,
  type ChartPoint,
  renderLineChart,
} from '../chart/line-chart.js';

const TIMES = /^(?:TIMESTAMP|DATE)/;
const NUMBERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DOUBLE|FLOAT|DECIMAL)/;

/** Columns that are neither a time nor a number name the line. Throws `IOT_USAGE` where there is nothing to draw. */
export function queryChart({columns, rows}: Pick<QueryResult, 'columns' | 'rows'>, look: ChartLook): string {
  const across = columns.findIndex(({type}) => TIMES.test(type));
  const x = across >= 0 ? across : columns.findIndex(({type}) => NUMBERS.test(type));
  const drawn = columns.flatMap(({type}, index) => (index !== x && NUMBERS.test(type) ? [index] : []));
  if (x < 0 || drawn.length === 0)
    throw new IotctlError(
      'IOT_USAGE',
      'a chart needs a time or a number to go across, and a number to go up',
    );
  const names = columns.flatMap(({type}, index) =>
    index === x || TIMES.test(type) || NUMBERS.test(type) ? [] : [index],
  );
  const lines = new Map<string, ChartPoint[]>();
  for (const row of rows) {
    const at = x === across ? Date.parse(String(row[x])) : Number(row[x]);
    if (row[x] === null || Number.isNaN(at)) continue;
    for (const column of drawn) {
      const name = lineName(row, {names, column: drawn.length > 1 ? columns[column]!.name : undefined});
      const point = {x: at, y: row[column] === null ? null : Number(row[column])};
      const points = lines.get(name) ?? [];
      points.push(point);
      lines.set(name, points);
    }
  }
  const chart: Chart = {
    title: `${drawn.map(index => columns[index]!.name).join(', ')} by ${columns[x]!.name}`,
    lines: [...lines].map(([name, points]): ChartLine => ({name, points: points.sort((a, b) => a.x - b.x)})),
    xKind: x === across ? 'time' : 'number',
  };
  return renderLineChart(chart, look);
}

function lineName(
  row: readonly unknown[],
  {names, column}: {names: readonly number[]; column: string | undefined},
): string {
  const values = names.map(index => wordOf(row[index]));
  return [...values, ...(column === undefined ? [] : [column])].join(' ') || 'value';
}

const wordOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '-' : JSON.stringify(value);
