/**
 * Which readings a question is about, as SQL: every question about readings begins with them. What is asked for is
 * written out, so that DuckDB knows it before it plans, and leaves out row groups that cannot have it.
 */
import {anyText} from '../sql-text.js';
import type {DeviceLabels, ReadingChoice} from './stats-request.js';

/** Names of the columns that `chosenReadings` gives a device's labels. */
export const labelColumns = (count: number): string[] =>
  Array.from({length: count}, (_, index) => `label_${index}`);

/** A SELECT of the columns of `readings`, which is what stands behind FROM for all of them, and the labels. */
export function chosenReadings(choice: ReadingChoice, readings: string): string {
  const {metrics, sinceMs, untilMs, devices, labelCount, onlyDevices, component, distinct} = choice;
  const labels = labelColumns(labelCount);
  const conditions = [
    `r.metric ${oneOf(metrics)}`,
    `r.time >= ${timeLiteral(sinceMs)} AND r.time < ${timeLiteral(untilMs)}`,
    ...(devices !== undefined && onlyDevices ? [`r.device ${oneOfDevices(devices)}`] : []),
    ...(component === undefined ? [] : [`r.component = ${anyText(component)}`]),
  ];
  const rows = `SELECT r.* ${labels.map(label => `, d.${label}`).join('')} FROM ${readings} r
    ${devices === undefined || labelCount === 0 ? '' : `LEFT JOIN ${labelsOf(devices, labels)} d ON d.device = r.device`}
    WHERE ${conditions.join(' AND ')}`;
  return distinct === true ? lastOfEachTime(rows, labels) : rows;
}

const oneOf = (texts: readonly string[]): string =>
  texts.length === 1 ? `= ${anyText(texts[0]!)}` : `IN (${texts.map(anyText).join(', ')})`;

/** What stands behind a column with a device where it has to be one of these. */
export function oneOfDevices(devices: readonly DeviceLabels[]): string {
  const ids = devices.map(({device}) => device);
  if (ids.length === 1) return oneOf(ids);
  // A join: to compare each row with two texts takes longer already (DuckDB 1.5).
  return `IN (SELECT unnest(from_json(${anyText(JSON.stringify(ids))}, '["VARCHAR"]')))`;
}

function labelsOf(devices: readonly DeviceLabels[], labels: readonly string[]): string {
  const entries = JSON.stringify(devices.map(({device, labels: values}) => [device, ...values]));
  const columns = labels.map((label, index) => `, entry[${index + 2}] AS ${label}`).join('');
  return `(SELECT entry[1] AS device ${columns}
    FROM (SELECT unnest(from_json(${anyText(entries)}, '[["VARCHAR"]]')) AS entry))`;
}

/** Whatever came twice, or was corrected later, counts once. */
const lastOfEachTime = (rows: string, labels: readonly string[]): string => {
  const kept = ['metric', 'device', 'component', 'time', ...labels].join(', ');
  const last = 'max(struct_pack(o := "offset", v := value))';
  return `SELECT ${kept}, ${last}.v AS value, ${last}.o AS "offset" FROM (${rows}) GROUP BY ${kept}`;
};

export const timeLiteral = (timeMs: number): string =>
  `make_timestamptz(${BigInt(Math.trunc(timeMs)) * 1000n})`;
