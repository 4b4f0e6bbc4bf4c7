/** With which characters lines are drawn: braille has eight dots in each cell, ASCII one mark for each line. */
import type {DotGrid} from './dot-grid.js';

export interface Pen {
  /** Dots of one cell. */
  readonly columns: number;
  readonly rows: number;
  /** The character of a cell; undefined where the line is not in it. */
  mark(grid: DotGrid, column: number, row: number, line: number): string | undefined;
  /** What stands before a line's name in the legend. */
  sample(line: number): string;
  readonly axis: {
    readonly down: string;
    /** On the axis that goes down, and on the one that goes across, where they have a label. */
    readonly left: string;
    readonly below: string;
    readonly corner: string;
    readonly across: string;
  };
}

/** Bits of the dots in a cell of U+2800, by column and row (Unicode, Braille Patterns). */
const BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

const BRAILLE_BLANK = 0x2800;

export const braillePen: Pen = {
  columns: 2,
  rows: 4,
  mark(grid, column, row) {
    let bits = 0;
    for (const [right, ofColumn] of BITS.entries())
      for (const [down, bit] of ofColumn.entries())
        if (grid.has(column * 2 + right, row * 4 + down)) bits |= bit;
    return bits === 0 ? undefined : String.fromCharCode(BRAILLE_BLANK + bits);
  },
  sample: () => '⠒⠒',
  axis: {down: '│', left: '┤', below: '┬', corner: '└', across: '─'},
};

const MARKS = '*+ox#@%&=~';

export const asciiPen: Pen = {
  columns: 1,
  rows: 1,
  mark: (grid, column, row, line) => (grid.has(column, row) ? markOf(line) : undefined),
  sample: line => markOf(line),
  axis: {down: '|', left: '+', below: '+', corner: '+', across: '-'},
};

const markOf = (line: number): string => MARKS[line % MARKS.length]!;
