/** A table for eyes: aligned, no wider than the terminal, numbers to the right. */
import {type Cell, cellValue, painted, shownText, textOf} from './cell.js';
import type {Paint} from './color.js';
import {clip, textWidth, visible} from './text-width.js';

export interface TableLook {
  /** Columns of the terminal, or undefined in a pipe, where nothing is shortened and times are RFC 3339. */
  readonly widthMax: number | undefined;
  readonly paint: Paint;
  readonly nowMs: number;
}

const GAP = '  ';
/** A column is never squeezed below this. */
const COLUMN_MIN = 8;

/** Lines of a table, its headings first; each ends with a line break. */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  look: TableLook,
): string {
  const texts = rows.map(row => row.map(cell => shown(cell, look)));
  const widths = squeeze(
    headings.map((heading, column) =>
      Math.max(textWidth(heading), ...texts.map(line => textWidth(line[column]!))),
    ),
    look.widthMax,
  );
  const right = headings.map((_, column) => isNumeric(rows, column));
  const lines = texts.map((line, row) =>
    layLine(line, widths, right, (text, column) => painted(rows[row]![column], text, look.paint)),
  );
  const head = layLine(headings, widths, right, text => look.paint('strong', text));
  return [head, ...lines].map(line => `${line}\n`).join('');
}

/** One thing, a line for each of its properties. */
export function renderCard(entries: readonly (readonly [string, Cell])[], look: TableLook): string {
  const width = Math.max(0, ...entries.map(([name]) => textWidth(name)));
  return entries
    .map(([name, cell]) => {
      const label = look.paint('dim', pad(name, width, false));
      return `${label}${GAP}${painted(cell, shown(cell, look), look.paint)}`.trimEnd();
    })
    .map(line => `${line}\n`)
    .join('');
}

const shown = (cell: Cell, look: TableLook): string =>
  look.widthMax === undefined ? visible(textOf(cellValue(cell))) : shownText(cellValue(cell), look.nowMs);

function layLine(
  texts: readonly string[],
  widths: readonly number[],
  right: readonly boolean[],
  paint: (text: string, column: number) => string,
): string {
  return texts
    .map((text, column) => {
      const clipped = clip(text, widths[column]!);
      const blanks = ' '.repeat(Math.max(0, widths[column]! - textWidth(clipped)));
      if (right[column] === true) return blanks + paint(clipped, column);
      return paint(clipped, column) + (column === texts.length - 1 ? '' : blanks);
    })
    .join(GAP)
    .trimEnd();
}

const pad = (text: string, width: number, right: boolean): string => {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)));
  return right ? blanks + text : text + blanks;
};

/** Takes from the widest column, again and again, until the table fits. */
function squeeze(widths: readonly number[], widthMax: number | undefined): number[] {
  const fitted = [...widths];
  if (widthMax === undefined) return fitted;
  let excess = fitted.reduce((sum, width) => sum + width, GAP.length * (fitted.length - 1)) - widthMax;
  while (excess > 0) {
    const widest = fitted.indexOf(Math.max(...fitted));
    if (fitted[widest]! <= COLUMN_MIN) break;
    const next = Math.max(COLUMN_MIN, ...fitted.filter((_, index) => index !== widest));
    const take = Math.min(excess, Math.max(1, fitted[widest]! - next));
    fitted[widest]! -= take;
    excess -= take;
  }
  return fitted;
}

function isNumeric(rows: readonly (readonly Cell[])[], column: number): boolean {
  let seen = false;
  for (const row of rows) {
    const value = cellValue(row[column]);
    if (value === null || value === undefined) continue;
    if (typeof value !== 'number' && typeof value !== 'bigint') return false;
    seen = true;
  }
  return seen;
}
