import {csvLine} from '../domain/csv.js';
import {cellValue, textOf} from './cell.js';
import {type Columns, columnEntries, type Format, stringify} from './output.js';

/** How one row of a stream is printed; `line` is how it reads in a table. JSON is one object a line. */
export function lineOf<Row>(
  columns: Columns<Row>,
  line: (row: Row) => string,
  {format, quiet}: {format: Format; quiet: boolean},
): (row: Row) => string {
  const cells = columnEntries(columns).map(([, cell]) => cell);
  if (quiet) return row => idsOf([row], columns);
  if (format === 'json' || format === 'ndjson' || format === 'cloudevents')
    return row => `${stringify(row)}\n`;
  if (format === 'csv') return row => csvLine(cells.map(cell => textOf(cellValue(cell(row)))));
  return row => `${line(row)}\n`;
}

/** The ids of rows, one a line: what `--quiet` prints. */
export function idsOf<Row>(rows: readonly Row[], columns: Columns<Row>): string {
  const id = columnEntries(columns)[0]?.[1];
  return id === undefined ? '' : rows.map(row => `${textOf(cellValue(id(row)))}\n`).join('');
}
