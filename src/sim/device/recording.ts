/** What devices told once, from a CSV or Parquet file: to be told again. */
import {IotctlError} from '../../domain/errors.js';
import {type ColumnTypes, queryTable, timeExpression, valueExpression} from '../model/replay/table-file.js';

/**
 * What one device tells, in its order: milliseconds since the start of the recording, the values as JSON, and the
 * component where it is of one.
 */
export type RecordedRow = readonly [atMs: number, values: string, component?: string];

export interface Recording {
  /** Undefined where the file tells of one device. */
  readonly device: string | undefined;
  readonly rows: readonly RecordedRow[];
}

export interface Recorded {
  /** In Unix milliseconds. */
  readonly startMs: number;
  readonly lengthMs: number;
  readonly recordings: readonly Recording[];
}

export interface RecordingColumns {
  /** The first column of times where nothing is said. */
  readonly time?: string | undefined;
  readonly device?: string | undefined;
  /** All others where nothing is said. */
  readonly values?: readonly string[] | undefined;
}

/** More than this in one run is a history to be imported. */
export const ROWS_MAX = 2_000_000;

const TIMES = /^(?:time|timestamp|ts|date|datetime)$/i;

/** Throws `IOT_INPUT_INVALID`, saying which file and what of it. */
export async function readRecording(file: string, columns: RecordingColumns): Promise<Recorded> {
  const rowsOf = new Map<string | undefined, [number, string][]>();
  let names: readonly string[] = [];
  let [startMs, endMs, count] = [Infinity, -Infinity, 0];
  const rows = queryTable(file, (types, from) => {
    const chosen = chosenColumns(file, types, columns);
    names = chosen.values;
    const device =
      columns.device === undefined
        ? 'NULL'
        : `CAST(${valueExpression(file, types, columns.device)} AS VARCHAR)`;
    const values = names.map(name => valueExpression(file, types, name));
    return `SELECT ${timeExpression(file, types, chosen.time)}, ${[device, ...values].join(', ')} FROM ${from} ORDER BY 1`;
  });
  for await (const [time, device, ...values] of rows) {
    count++;
    if (time === null) throw new IotctlError('IOT_INPUT_INVALID', `${file}: a row has no time`);
    if (count > ROWS_MAX)
      throw new IotctlError('IOT_INPUT_INVALID', `${file} has more than ${ROWS_MAX} rows`);
    const timeMs = Number(time);
    startMs = Math.min(startMs, timeMs);
    endMs = Math.max(endMs, timeMs);
    const known = (device as string | null) ?? undefined;
    const own = rowsOf.get(known) ?? [];
    rowsOf.set(known, own);
    own.push([timeMs, valuesText(names, values)]);
  }
  if (count === 0) throw new IotctlError('IOT_INPUT_INVALID', `${file} has no rows`);
  const recordings = [...rowsOf].map(([device, own]) => ({
    device,
    rows: own.map(([timeMs, values]): RecordedRow => [timeMs - startMs, values]),
  }));
  return {startMs, lengthMs: endMs - startMs, recordings};
}

function chosenColumns(file: string, types: ColumnTypes, {time, device, values}: RecordingColumns) {
  const names = [...types.keys()];
  const at =
    time ?? names.find(name => TIMES.test(name)) ?? names.find(name => /^TIMESTAMP/.test(types.get(name)!));
  if (at === undefined)
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `${file}: which column is the time? There are: ${names.join(', ')}`,
    );
  return {time: at, values: values ?? names.filter(name => name !== at && name !== device)};
}

/** What is empty is left out. */
const valuesText = (names: readonly string[], values: readonly unknown[]): string =>
  JSON.stringify(
    Object.fromEntries(
      names.map((name, index) => [name, values[index]]).filter(([, value]) => value !== null),
    ),
  );
