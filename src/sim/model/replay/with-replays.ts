/**
 * Puts what replays read into the model itself: then it is plain data, which other processes can be given, and devices
 * need no file.
 */
import {resolve} from 'node:path';
import {IotctlError} from '../../../domain/errors.js';
import {isJsonObject, type JsonObject} from '../../../domain/json.js';
import type {ModelSpec} from '../../../domain/model.js';
import {readTable, type TableColumns, type TableRow} from './table-file.js';

/** What a device repeats; longer histories are not models. */
const ROWS_MAX = 100_000;

/** Files are looked for beside the model's, in `folder`. Throws `IOT_INPUT_INVALID`. */
export async function withReplays(spec: ModelSpec, folder: string): Promise<ModelSpec> {
  if (!isJsonObject(spec.simulate)) return spec;
  return {...spec, simulate: (await filled(spec.simulate, folder)) as JsonObject};
}

/** A copy in which each `replay` has its samples. */
async function filled(value: unknown, folder: string): Promise<unknown> {
  if (!isJsonObject(value)) return value;
  const entries: [string, unknown][] = [];
  for (const [key, inside] of Object.entries(value))
    entries.push([
      key,
      key === 'replay' && isReplay(inside)
        ? {...inside, samples: await samplesOf(resolve(folder, inside.file), inside)}
        : await filled(inside, folder),
    ]);
  return Object.fromEntries(entries);
}

const isReplay = (value: unknown): value is JsonObject & {file: string} & TableColumns =>
  isJsonObject(value) &&
  typeof value.file === 'string' &&
  typeof value.column === 'string' &&
  (value.time === undefined || typeof value.time === 'string') &&
  value.samples === undefined;

async function samplesOf(file: string, columns: TableColumns): Promise<JsonObject> {
  const values: TableRow['value'][] = [];
  const timesMs: number[] = [];
  for await (const {timeMs, value} of readTable(file, columns)) {
    if (values.length === ROWS_MAX)
      throw new IotctlError('IOT_INPUT_INVALID', `${file} has more than ${ROWS_MAX} rows to replay`);
    values.push(value);
    if (columns.time === undefined) continue;
    const last = timesMs.at(-1) ?? -Infinity;
    if (timeMs === undefined || timeMs < last)
      throw new IotctlError(
        'IOT_INPUT_INVALID',
        `${file}: row ${values.length} has ${timeMs === undefined ? 'no time' : 'an earlier time than the one before'}`,
      );
    timesMs.push(timeMs);
  }
  if (values.length === 0) throw new IotctlError('IOT_INPUT_INVALID', `${file} has no rows`);
  return columns.time === undefined ? {values} : {values, timesMs};
}
