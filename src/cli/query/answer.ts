/** An answer in memory, as rows that can be printed. */
import type {QueryResult} from '../../client/query-api.js';
import {uniqueNames} from '../../domain/query.js';
import type {CellValue} from '../cell.js';
import {type NamedColumns, stringify} from '../output.js';

export type ResultRow = Readonly<Record<string, unknown>>;

export function rowsOf({columns, rows}: Pick<QueryResult, 'columns' | 'rows'>): {
  rows: ResultRow[];
  columns: NamedColumns<ResultRow>;
} {
  const names = uniqueNames(columns.map(column => column.name));
  return {
    rows: rows.map(cells => Object.fromEntries(names.map((name, index) => [name, cells[index]]))),
    columns: new Map(names.map(name => [name, row => cellOf(row[name])])),
  };
}

function cellOf(value: unknown): CellValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'object') return stringify(value);
  return value as CellValue;
}
