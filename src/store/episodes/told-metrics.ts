/** A metric that nothing was ever told of is a slip of the keyboard, and not a condition that never held. */
import type {DuckDBConnection} from '@duckdb/node-api';
import {IotctlError} from '../../domain/errors.js';
import {nearest} from '../../domain/nearest.js';
import {oneOfDevices} from '../stats/chosen-readings.js';
import type {ReadingChoice} from '../stats/stats-request.js';

/** Names are looked for among so many. */
const NAMES_MAX = 10_000;

/** Throws `IOT_EXPRESSION_INVALID`. `readings` are all that there are, of which those of the choice's devices count. */
export async function requireTold(
  connection: DuckDBConnection,
  {metrics, devices = [], onlyDevices}: ReadingChoice,
  readings: string,
): Promise<void> {
  if (metrics.length === 0) return;
  const only = onlyDevices ? `WHERE device ${oneOfDevices(devices)}` : '';
  const reader = await connection.runAndReadAll(
    `SELECT DISTINCT metric FROM ${readings} ${only} LIMIT ${NAMES_MAX}`,
  );
  const names = reader.getRows().map(([name]) => String(name));
  const unknown = metrics.find(metric => !names.includes(metric));
  if (unknown === undefined || names.length === NAMES_MAX) return;
  const meant = nearest(unknown, names);
  const next =
    meant === undefined
      ? '`iotctl query "SELECT DISTINCT metric FROM readings"` shows all'
      : `did you mean ${meant}?`;
  throw new IotctlError(
    'IOT_EXPRESSION_INVALID',
    `when: no reading has the metric ${JSON.stringify(unknown)}: ${next}`,
  );
}
