/** From a file's row to what was measured: which column is the device, the time, and which are metrics. */
import {IotctlError} from '../../domain/errors.js';
import {isJsonObject} from '../../domain/json.js';
import type {UploadRow} from '../../domain/upload.js';
import type {Conversion} from './conversion.js';
import {timeMsOf} from './row-time.js';

export interface MappingOptions {
  /** Of all rows, instead of a column. */
  readonly device?: string | undefined;
  readonly deviceColumn?: string | undefined;
  readonly component?: string | undefined;
  readonly componentColumn?: string | undefined;
  readonly timeColumn?: string | undefined;
  /** What times without a zone are ahead of UTC. */
  readonly utcOffsetMs: number;
  /** Metrics by the names of their columns; undefined: every column that is nothing else. */
  readonly columns?: ReadonlyMap<string, string> | undefined;
  /** Of rows that each hold one metric: the column of its name, and that of its value. */
  readonly long?: {readonly name: string; readonly value: string} | undefined;
  readonly conversions: ReadonlyMap<string, Conversion>;
}

const DEVICE_COLUMNS = ['device', 'device_id', 'deviceId'];
const COMPONENT_COLUMNS = ['component'];
const TIME_COLUMNS = ['time', 'ts', 'timestamp'];

type Cells = Readonly<Record<string, unknown>>;

/** Gives in words why there is nothing to upload in it. */
export function mapRow(cells: Cells, options: MappingOptions): UploadRow | {readonly reason: string} {
  try {
    return mapped(cells, options);
  } catch (error) {
    if (error instanceof IotctlError) return {reason: error.message};
    throw error;
  }
}

function mapped(cells: Cells, options: MappingOptions): UploadRow {
  const deviceColumn = columnIn(cells, options.deviceColumn, DEVICE_COLUMNS);
  const componentColumn = columnIn(cells, options.componentColumn, COMPONENT_COLUMNS);
  const timeColumn = columnIn(cells, options.timeColumn, TIME_COLUMNS);
  const device = options.device ?? textOf(cells, deviceColumn);
  if (device === '') throw invalid('no device: name its column with --device-column, or one with --device');
  if (timeColumn === undefined) throw invalid('no time: name its column with --time-column');
  const component = options.component ?? textOf(cells, componentColumn);
  const v = converted(
    valuesIn(cells, options, [deviceColumn, componentColumn, timeColumn]),
    options.conversions,
  );
  if (Object.keys(v).length === 0) throw invalid('nothing was measured');
  return {
    device,
    ...(component === '' ? {} : {component}),
    ts: timeMsOf(cells[timeColumn], options.utcOffsetMs),
    v,
  };
}

function valuesIn(
  cells: Cells,
  {columns, long}: MappingOptions,
  others: readonly (string | undefined)[],
): Record<string, unknown> {
  if (long) {
    const name = textOf(cells, long.name);
    if (name === '') throw invalid(`${long.name}: no name of a metric`);
    return present([[name, cells[long.value]]]);
  }
  if (columns) return present([...columns].map(([column, metric]) => [metric, cells[column]]));
  // The form in which devices speak, and in which events are kept.
  if (isJsonObject(cells.v)) return cells.v;
  return present(Object.entries(cells).filter(([name]) => !others.includes(name)));
}

/** An empty cell is no measurement. */
const present = (entries: readonly (readonly [string, unknown])[]): Record<string, unknown> =>
  Object.fromEntries(
    entries
      .map(([name, cell]) => [name, typeof cell === 'string' ? valueIn(cell) : cell] as const)
      .filter(([, value]) => value !== undefined && value !== null),
  );

/** A cell of text: a number and a boolean are what they look like. */
function valueIn(cell: string): unknown {
  const text = cell.trim();
  if (text === '') return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : cell;
}

function converted(
  values: Readonly<Record<string, unknown>>,
  conversions: ReadonlyMap<string, Conversion>,
): Record<string, unknown> {
  const result: Record<string, unknown> = {...values};
  for (const [metric, convert] of conversions) {
    const value = result[metric];
    if (value === undefined) continue;
    if (typeof value !== 'number') throw invalid(`${metric}: not a number: ${shown(value)}`);
    result[metric] = convert(value);
  }
  return result;
}

function columnIn(cells: Cells, named: string | undefined, usual: readonly string[]): string | undefined {
  if (named !== undefined && !Object.hasOwn(cells, named)) throw invalid(`no column ${named}`);
  return named ?? usual.find(name => Object.hasOwn(cells, name));
}

function textOf(cells: Cells, column: string | undefined): string {
  const value = column === undefined ? undefined : cells[column];
  if (value === undefined || value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return String(value).trim();
  throw invalid(`${column}: not a text: ${shown(value)}`);
}

const shown = (value: unknown): string => JSON.stringify(value).slice(0, 80);
const invalid = (message: string): IotctlError => new IotctlError('IOT_INPUT_INVALID', message);
