/** A metric that nothing was ever told of is a slip of the keyboard, and not one without values, or a condition that never held. */
import type {DuckDBConnection} from '@duckdb/node-api';
import {IotctlError} from '../domain/errors.js';
import {nearest} from '../domain/nearest.js';
import {anyText} from './sql-text.js';
import {streamReadings} from './stats/answer.js';
import {oneOfDevices} from './stats/chosen-readings.js';
import type {ReadingChoice} from './stats/stats-request.js';
import {isDamage} from './store-errors.js';
import type {TenantDatabase} from './tenant-database.js';

export const EVER = {sinceMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY};

/** Names are looked for among so many. */
const NAMES_MAX = 10_000;

/** For an answer: those of its metrics that it has nothing of. Throws `IOT_METRIC_UNKNOWN`. */
export async function requireAnswered(
  database: TenantDatabase,
  choice: ReadingChoice,
  told: readonly {readonly metric: string}[],
  signal: AbortSignal,
): Promise<void> {
  const answered = new Set(told.map(({metric}) => metric));
  const metrics = choice.metrics.filter(metric => !answered.has(metric));
  if (metrics.length === 0) return;
  await streamReadings(database, signal, async (connection, begin) => {
    const readingsOf = await begin();
    await requireTold(connection, {...choice, metrics}, readingsOf(EVER));
    return [];
  });
}

/** Throws `IOT_METRIC_UNKNOWN`. `readings` are all that there are, of which those of the choice's devices count. */
export async function requireTold(
  connection: DuckDBConnection,
  {metrics, devices = [], onlyDevices}: ReadingChoice,
  readings: string,
): Promise<void> {
  const only = onlyDevices ? `device ${oneOfDevices(devices)}` : 'true';
  try {
    for (const metric of metrics) {
      // The first reading that has it is enough, and soon found where there are many.
      const one = `SELECT 1 FROM ${readings} WHERE metric = ${anyText(metric)} AND ${only} LIMIT 1`;
      if ((await connection.runAndReadAll(one)).currentRowCount > 0) continue;
      const names = `SELECT DISTINCT metric FROM ${readings} WHERE ${only} LIMIT ${NAMES_MAX}`;
      const told = (await connection.runAndReadAll(names)).getRows().map(([name]) => String(name));
      // Devices that said nothing yet are no reason to doubt a name.
      if (told.length > 0 || !onlyDevices) throw unknownMetric(metric, told, {onlyDevices});
    }
  } catch (error) {
    // Where a file cannot be read, nobody can tell that the metric is not in it.
    if (!isDamage(error)) throw error;
  }
}

function unknownMetric(
  metric: string,
  told: readonly string[],
  {onlyDevices}: {onlyDevices: boolean},
): IotctlError {
  const whose = onlyDevices ? 'no reading of these devices' : 'no reading';
  const meant = nearest(metric, told);
  const next = meant === undefined ? '' : `: did you mean ${meant}?`;
  return new IotctlError('IOT_METRIC_UNKNOWN', `${whose} has the metric ${JSON.stringify(metric)}${next}`);
}
