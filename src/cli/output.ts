/**
 * The one place where results become text.
 *
 * Results go to stdout and everything said to a person goes to stderr, so `iotctl … -o json | jq` always works.
 * `table` is for eyes and may change; the other formats are interfaces.
 */
import {csvLine} from '../domain/csv.js';
import {type Cell, cellValue, textOf} from './cell.js';
import {renderCard, renderTable, type TableLook} from './table.js';

export const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;
/** Those after the first are formats of single commands. */
export type Format = (typeof FORMATS)[number] | 'md' | 'parquet' | 'chart' | 'env' | 'yaml' | 'cloudevents';

/**
 * What a person sees of a row. Keys are camelCase and stable: they are the header of CSV, and the headings of a
 * table are made from them. The first column is the row's id, which is all that `--quiet` prints.
 */
export type Columns<Row> = Readonly<Record<string, (row: Row) => Cell>> | NamedColumns<Row>;

/** Columns whose names are not ours, in their own order (an object would put `1` first) and shown as they are. */
export type NamedColumns<Row> = ReadonlyMap<string, (row: Row) => Cell>;

export const columnEntries = <Row>(columns: Columns<Row>): [string, (row: Row) => Cell][] =>
  columns instanceof Map ? [...columns] : Object.entries(columns);

/** A list of rows. The JSON formats show the rows themselves, not their columns. */
export function renderRows<Row>(
  rows: readonly Row[],
  columns: Columns<Row>,
  format: Format,
  look: TableLook,
): string {
  const entries = columnEntries(columns);
  const names = entries.map(([name]) => name);
  const cells = rows.map(row => entries.map(([, cell]) => cell(row)));
  switch (format) {
    case 'json':
      return `${stringify(rows, 2)}\n`;
    case 'ndjson':
      return rows.map(row => `${stringify(row)}\n`).join('');
    case 'csv':
      return [names, ...cells.map(line => line.map(cell => textOf(cellValue(cell))))].map(csvLine).join('');
    case 'md':
      return mdTable(
        names,
        cells.map(line => line.map(cell => textOf(cellValue(cell)))),
      );
    default:
      return renderTable(columns instanceof Map ? names : names.map(headingOf), cells, look);
  }
}

/** One thing: an object in JSON, a card on a terminal, otherwise a list of one row. */
export function renderOne<Row>(row: Row, columns: Columns<Row>, format: Format, look: TableLook): string {
  if (format === 'json') return `${stringify(row, 2)}\n`;
  if (format !== 'table') return renderRows([row], columns, format, look);
  return renderCard(
    columnEntries(columns).map(([name, cell]) => [headingOf(name), cell(row)]),
    look,
  );
}

function mdTable(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(mdCell).join(' | ')} |\n`;
  return line(names) + line(names.map(() => '---')) + rows.map(line).join('');
}

const mdCell = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll(/\r?\n|\r/g, '<br>');

/** `lastSeenAt` → `LAST SEEN AT`. */
const headingOf = (name: string): string => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toUpperCase();

/** JSON whose integers beyond 2^53 (`bigint` of a query) are text, as JSON's readers would round them. */
export const stringify = (value: unknown, indent?: number): string =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item), indent);
