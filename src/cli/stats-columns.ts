import type {StatsAnswer, StatsRow} from '../domain/stats.js';
import type {CellValue} from './cell.js';
import type {NamedColumns} from './output.js';

/** Digits that a person reads; the other formats have all of them. */
const DIGITS = 7;

/** `label:avg` where a label has the name of another column. */
export function statsColumns(answer: StatsAnswer, forEyes: boolean): NamedColumns<StatsRow> {
  const [first] = answer.rows;
  const columns = new Map<string, (row: StatsRow) => CellValue>();
  if (answer.everyMs !== null) columns.set('time', row => shortTime(row.time!));
  columns.set('metric', row => row.metric);
  if (first && 'device' in first) columns.set('device', row => row.device);
  if (first && 'component' in first) columns.set('component', row => row.component);
  const names = Object.keys(first?.values ?? {});
  for (const label of Object.keys(first?.labels ?? {})) {
    const name = columns.has(label) || names.includes(label) ? `label:${label}` : label;
    columns.set(name, row => row.labels?.[label]);
  }
  for (const name of names)
    columns.set(name, ({values}) => (forEyes ? rounded(values[name] ?? null) : values[name]));
  return columns;
}

export const rounded = (value: number | null): number | null =>
  value === null || Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));

export const shortTime = (time: string): string => time.replace('.000Z', 'Z');
