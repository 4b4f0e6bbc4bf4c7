/** A grid of dots on which lines are drawn: each line of a chart has one of its own, and they are laid over each other. */

export class DotGrid {
  readonly #set: Uint8Array;

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    this.#set = new Uint8Array(columns * rows);
  }

  has(column: number, row: number): boolean {
    return this.#set[row * this.columns + column] === 1;
  }

  /** Row 0 is at the top. What lies outside is not drawn. */
  dot(column: number, row: number): void {
    if (column < 0 || row < 0 || column >= this.columns || row >= this.rows) return;
    this.#set[row * this.columns + column] = 1;
  }

  /** A straight line of dots, both ends included (Bresenham, IBM Systems Journal 4, 1965). */
  line(fromColumn: number, fromRow: number, toColumn: number, toRow: number): void {
    const acrossBy = Math.abs(toColumn - fromColumn);
    const downBy = -Math.abs(toRow - fromRow);
    const stepColumn = fromColumn < toColumn ? 1 : -1;
    const stepRow = fromRow < toRow ? 1 : -1;
    let [column, row, error] = [fromColumn, fromRow, acrossBy + downBy];
    for (;;) {
      this.dot(column, row);
      if (column === toColumn && row === toRow) return;
      const doubled = 2 * error;
      if (doubled >= downBy) {
        error += downBy;
        column += stepColumn;
      }
      if (doubled <= acrossBy) {
        error += acrossBy;
        row += stepRow;
      }
    }
  }
}
