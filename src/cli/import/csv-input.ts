/** Devices that are rows of a CSV file. */
import {ADMIN_STATES, type AdminState} from '../../domain/device.js';
import {IotctlError} from '../../domain/errors.js';
import {csvRecords} from '../csv-in.js';
import {isColumn, KEYED_COLUMNS, NO_MODEL, PLAIN_COLUMNS} from './csv-columns.js';
import {credentialOf} from './input-credential.js';
import type {InputRow} from './input-row.js';

/** Throws `IOT_INPUT_INVALID` for what is no CSV, and for columns that nobody knows. */
export async function* csvRows(input: AsyncIterable<Uint8Array>): AsyncGenerator<InputRow> {
  let columns: readonly string[] | undefined;
  for await (const {line, cells} of csvRecords(input)) {
    if (columns === undefined) columns = checkColumns(cells);
    else yield rowOf(columns, cells, line);
  }
}

function checkColumns(names: readonly string[]): readonly string[] {
  const columns = names.map(name => name.trim());
  const problem = columns.find((name, index) => !isColumn(name) || columns.indexOf(name) !== index);
  if (problem !== undefined)
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `line 1: ${isColumn(problem) ? 'twice the' : 'no such'} column ${JSON.stringify(problem.slice(0, 80))}; there are ${[...PLAIN_COLUMNS, ...KEYED_COLUMNS.map(name => `${name}.KEY`)].join(', ')}`,
    );
  if (!columns.includes('id')) throw new IotctlError('IOT_INPUT_INVALID', 'line 1: there is no column id');
  return columns;
}

function rowOf(columns: readonly string[], record: readonly string[], line: number): InputRow {
  const cells = new Map(columns.map((name, index) => [name, record[index] ?? '']));
  const id = cells.get('id') ?? '';
  try {
    if (record.length !== columns.length)
      throw new IotctlError('IOT_INPUT_INVALID', `${record.length} cells for ${columns.length} columns`);
    return {
      line,
      id,
      device: {id, ...describedBy(cells)},
      credential: credentialOf(Object.fromEntries(cells)),
    };
  } catch (error) {
    if (error instanceof IotctlError) return {line, id, error};
    throw error;
  }
}

/** An empty cell takes away, where there is something. */
function describedBy(cells: ReadonlyMap<string, string>) {
  const model = cells.get('model');
  const via = cells.get('via');
  const components = keyed(cells, 'component');
  return {
    ...(model === undefined ? {} : {model: model === '' ? null : model}),
    ...(via === undefined ? {} : {via: via.split(/[\s;]+/).filter(Boolean)}),
    ...adminStateOf(cells.get('adminState')),
    ...entries('labels', keyed(cells, 'label')),
    ...entries('metadata', keyed(cells, 'metadata')),
    ...entries(
      'components',
      components.map(
        ([key, cell]) => [key, cell === null ? null : {model: cell === NO_MODEL ? null : cell}] as const,
      ),
    ),
  };
}

const keyed = (cells: ReadonlyMap<string, string>, name: string): (readonly [string, string | null])[] =>
  [...cells]
    .filter(([column]) => column.startsWith(`${name}.`))
    .map(([column, cell]) => [column.slice(name.length + 1), cell === '' ? null : cell] as const);

const entries = <Name extends string, Value>(
  name: Name,
  list: readonly (readonly [string, Value])[],
): Partial<Record<Name, Record<string, Value>>> =>
  list.length === 0 ? {} : ({[name]: Object.fromEntries(list)} as Record<Name, Record<string, Value>>);

function adminStateOf(cell: string | undefined): {adminState?: AdminState} {
  if (cell === undefined || cell === '') return {};
  if (!(ADMIN_STATES as readonly string[]).includes(cell))
    throw new IotctlError('IOT_INPUT_INVALID', `adminState: give one of ${ADMIN_STATES.join(', ')}`);
  return {adminState: cell as AdminState};
}
