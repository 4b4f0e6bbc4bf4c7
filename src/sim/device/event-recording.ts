/** What devices told once, from events as `tail --record` writes them: CloudEvents, one a line. */
import {createReadStream} from 'node:fs';
import {createInterface} from 'node:readline';
import {IotctlError} from '../../domain/errors.js';
import {isJsonObject, type JsonObject} from '../../domain/json.js';
import {type Recorded, type RecordedRow, ROWS_MAX} from './recording.js';

export const isEventRecording = (file: string): boolean => /\.(?:ndjson|jsonl)$/i.test(file);

/** A row with its time in Unix milliseconds. */
type TimedRow = readonly [timeMs: number, values: string, component: string];

/**
 * The readings of telemetry, each at the device's time where it gave one, else at the platform's. What was recorded
 * twice is told once. Throws `IOT_INPUT_INVALID`, saying which line and what of it.
 */
export async function readEventRecording(file: string): Promise<Recorded> {
  const rowsOf = new Map<string, TimedRow[]>();
  let [line, count] = [0, 0];
  let lastOffset = -1;
  for await (const text of linesOf(file)) {
    line++;
    if (text.trim() === '') continue;
    const event = eventOf(text, file, line);
    const {offset} = event;
    if (typeof offset === 'number' && offset <= lastOffset) continue;
    if (typeof offset === 'number') lastOffset = offset;
    const device = deviceOf(event);
    if (event.type !== 'telemetry' || device === undefined) continue;
    const own = rowsOf.get(device) ?? [];
    rowsOf.set(device, own);
    for (const row of rowsIn(event)) {
      if (++count > ROWS_MAX) throw invalid(file, line, `more than ${ROWS_MAX} readings`);
      own.push(row);
    }
  }
  if (count === 0) throw new IotctlError('IOT_INPUT_INVALID', `${file} has no telemetry`);
  return recordedOf(rowsOf);
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file, 'utf8');
  try {
    yield* createInterface({input, crlfDelay: Number.POSITIVE_INFINITY});
  } catch (error) {
    throw new IotctlError('IOT_INPUT_INVALID', `${file}: ${(error as Error).message}`, {cause: error});
  } finally {
    input.destroy();
  }
}

function eventOf(text: string, file: string, line: number): JsonObject {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch (error) {
    throw invalid(file, line, `not JSON: ${(error as Error).message}`);
  }
  if (isJsonObject(event) && event.specversion === '1.0' && !Number.isNaN(Date.parse(String(event.time))))
    return event;
  throw invalid(file, line, 'not a CloudEvent with a time, as `iotctl tail --record` writes them');
}

/** `/t/{tenant}/d/{device}` */
function deviceOf({source}: JsonObject): string | undefined {
  const [, t, , d, device] = String(source).split('/');
  return t === 't' && d === 'd' && device !== '' ? device : undefined;
}

function rowsIn({data, time, component}: JsonObject): TimedRow[] {
  const entries = (Array.isArray(data) ? (data as unknown[]) : [data]).filter(isJsonObject);
  const eventMs = Date.parse(String(time));
  const name = typeof component === 'string' ? component : '';
  return entries.map(entry =>
    isJsonObject(entry.v)
      ? [typeof entry.ts === 'number' ? entry.ts : eventMs, JSON.stringify(entry.v), name]
      : [eventMs, JSON.stringify(entry), name],
  );
}

function recordedOf(rowsOf: ReadonlyMap<string, readonly TimedRow[]>): Recorded {
  let [startMs, endMs] = [Infinity, -Infinity];
  for (const own of rowsOf.values())
    for (const [timeMs] of own) {
      startMs = Math.min(startMs, timeMs);
      endMs = Math.max(endMs, timeMs);
    }
  const recordings = [...rowsOf].map(([device, own]) => ({
    device,
    rows: own
      .map(([timeMs, values, component]): RecordedRow => [timeMs - startMs, values, component])
      .sort(([a], [b]) => a - b),
  }));
  return {startMs, lengthMs: endMs - startMs, recordings: recordings.filter(({rows}) => rows.length > 0)};
}

const invalid = (file: string, line: number, what: string): IotctlError =>
  new IotctlError('IOT_INPUT_INVALID', `${file}, line ${line}: ${what}`);
