/** Which readings a question is about, as SQL: every question about readings begins with them. */
import type {DuckDBConnection} from '@duckdb/node-api';
import type {ReadingChoice} from './stats-request.js';

/** A part of a statement, and the texts that are bound to its parameters in order. */
export interface Sql {
  readonly text: string;
  readonly values: readonly string[];
}

/** Devices of the choice, for `chosenReadings` on the same connection. */
export async function nameDevices(
  connection: DuckDBConnection,
  {devices, labelCount}: ReadingChoice,
): Promise<void> {
  if (devices === undefined) return;
  const labels = labelColumns(labelCount);
  await connection.run(
    `CREATE TEMP TABLE asked_devices (device VARCHAR ${labels.map(label => `, ${label} VARCHAR`).join('')})`,
  );
  const columns = labels.map((_, index) => `, entry[${index + 2}]`).join('');
  await connection.run(
    `INSERT INTO temp.main.asked_devices
      SELECT entry[1] ${columns} FROM (SELECT unnest(from_json($1, '[["VARCHAR"]]')) AS entry)`,
    [JSON.stringify(devices.map(({device, labels: values}) => [device, ...values]))],
  );
}

/** Names of the columns that `chosenReadings` gives a device's labels. */
export const labelColumns = (count: number): string[] =>
  Array.from({length: count}, (_, index) => `label_${index}`);

/** A SELECT of the columns of `readings`, and the labels. */
export function chosenReadings({
  metrics,
  sinceMs,
  untilMs,
  devices,
  labelCount,
  onlyDevices,
  component,
  distinct,
}: ReadingChoice): Sql {
  const values = component === undefined ? [...metrics] : [...metrics, component];
  const labels = labelColumns(labelCount);
  const join = onlyDevices ? 'JOIN' : 'LEFT JOIN';
  const rows = `SELECT r.* ${labels.map(label => `, d.${label}`).join('')} FROM readings r
    ${devices === undefined ? '' : `${join} temp.main.asked_devices d ON d.device = r.device`}
    WHERE r.metric IN (${metrics.map((_, index) => `$${index + 1}`).join(', ')})
      AND r.time >= ${timeLiteral(sinceMs)} AND r.time < ${timeLiteral(untilMs)}
      ${component === undefined ? '' : `AND r.component = $${values.length}`}`;
  return {text: distinct === true ? lastOfEachTime(rows, labels) : rows, values};
}

/** Whatever came twice, or was corrected later, counts once. */
const lastOfEachTime = (rows: string, labels: readonly string[]): string => {
  const kept = ['metric', 'device', 'component', 'time', ...labels].join(', ');
  const last = 'max(struct_pack(o := "offset", v := value))';
  return `SELECT ${kept}, ${last}.v AS value, ${last}.o AS "offset" FROM (${rows}) GROUP BY ${kept}`;
};

/** Written out, so that DuckDB knows it before it plans, and leaves out row groups of other times. */
export const timeLiteral = (timeMs: number): string =>
  `make_timestamptz(${BigInt(Math.trunc(timeMs)) * 1000n})`;
