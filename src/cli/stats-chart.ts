/** Statistics as a chart: a line for each group and aggregate. */
import type {StatsAnswer, StatsRow} from '../domain/stats.js';
import {type ChartLine, type ChartLook, type ChartPoint, renderLineChart} from './chart/line-chart.js';

const BUCKETS_WANTED = 120;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map(count => count * 1000),
  ...[1, 2, 5, 10, 15, 30].map(count => count * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map(count => count * HOUR_MS),
  ...[1, 7, 28].map(count => count * DAY_MS),
];

/** Buckets of a round length, about as many as a chart can show. */
export const chartEveryMs = (rangeMs: number): number =>
  STEPS_MS.find(stepMs => stepMs >= rangeMs / BUCKETS_WANTED) ??
  Math.ceil(rangeMs / BUCKETS_WANTED / DAY_MS) * DAY_MS;

export function statsChart(answer: StatsAnswer, look: ChartLook): string {
  const names = Object.keys(answer.rows[0]?.values ?? {});
  const metrics = [...new Set(answer.rows.map(row => row.metric))];
  const lines = new Map<string, ChartPoint[]>();
  for (const row of answer.rows)
    for (const name of names) {
      const line = [
        ...(metrics.length > 1 ? [row.metric] : []),
        ...groupNames(row),
        ...(names.length > 1 ? [name] : []),
      ].join(' ');
      const points = lines.get(line) ?? [];
      if (points.length === 0) lines.set(line, points);
      points.push({x: Date.parse(row.time!), y: row.values[name] ?? null});
    }
  return renderLineChart(
    {
      title: `${metrics.map(metric => withUnit(metric, answer)).join(', ')}${names.length === 1 ? `, ${names[0]}` : ''}`,
      lines: [...lines].map(([name, points]): ChartLine => ({name, points})),
      xKind: 'time',
      xFrom: Date.parse(answer.since),
      xTo: Date.parse(answer.until),
    },
    look,
  );
}

const groupNames = ({device, component, labels = {}}: StatsRow): string[] => [
  ...(device === undefined ? [] : [device]),
  ...(component === undefined ? [] : [component ?? '(no component)']),
  ...Object.entries(labels).map(([key, value]) => value ?? `(no ${key})`),
];

const withUnit = (metric: string, {units}: StatsAnswer): string =>
  units[metric] === undefined ? metric : `${metric} (${units[metric]})`;
