/** Rows of a table that come one by one: as wide as those that were there first. */
import {type Cell, cellValue, textOf} from './cell.js';
import {type Columns, columnEntries} from './output.js';
import {renderTable, type TableLook} from './table.js';
import {textWidth} from './text-width.js';

export class RowLines<Row> {
  readonly #columns: [string, (row: Row) => Cell][];
  readonly #look: TableLook;
  /** In each column the widest cell so far. */
  readonly #widest: Cell[];

  constructor(columns: Columns<Row>, rows: readonly Row[], look: TableLook) {
    this.#columns = columnEntries(columns);
    this.#look = look;
    this.#widest = this.#columns.map(([name]) => name.replaceAll(/[A-Z]/g, ' $&'));
    for (const row of rows) this.#widen(this.#cells(row));
  }

  /** Without a line break. */
  line(row: Row): string {
    const cells = this.#cells(row);
    this.#widen(cells);
    const look = {...this.#look, nowMs: Date.now()};
    return renderTable(
      this.#columns.map(() => ''),
      [this.#widest, cells],
      look,
    ).split('\n')[2]!;
  }

  #cells(row: Row): Cell[] {
    return this.#columns.map(([, cell]) => cell(row));
  }

  #widen(cells: readonly Cell[]): void {
    for (const [column, cell] of cells.entries())
      if (widthOf(cell) > widthOf(this.#widest[column])) this.#widest[column] = cell;
  }
}

const widthOf = (cell: Cell): number => textWidth(textOf(cellValue(cell)));
