/** A chart of lines as text: axes with labels, a legend, and nothing drawn where nothing is known. */
import {LINE_TONES, type Paint} from '../color.js';
import {clip, textWidth, visible} from '../text-width.js';
import {DotGrid} from './dot-grid.js';
import type {Pen} from './pen.js';
import {numberTicks, roundScale, type Scale, timeTicks} from './ticks.js';

export interface ChartPoint {
  /** Unix milliseconds, or a number where the axis is one of numbers. */
  readonly x: number;
  /** null: nothing is known here, and the line has a gap. */
  readonly y: number | null;
}

export interface ChartLine {
  readonly name: string;
  /** In the order of x. */
  readonly points: readonly ChartPoint[];
}

export interface Chart {
  /** What is shown, and in which unit: `temperature (°C)`. */
  readonly title: string;
  readonly lines: readonly ChartLine[];
  readonly xKind: 'time' | 'number';
  /** The ends of the axis; those of the points where they are absent. */
  readonly xFrom?: number | undefined;
  readonly xTo?: number | undefined;
}

export interface ChartLook {
  /** Columns and rows in all, title and legend included. */
  readonly width: number;
  readonly height: number;
  readonly pen: Pen;
  readonly paint: Paint;
}

/** More lines cannot be told apart. The legend says how many are not drawn. */
const LINES_MAX = 12;
const PLOT_MIN = {columns: 10, rows: 3};
const ROWS_OF_A_LABEL = 3;
const COLUMNS_OF_A_LABEL = 13;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Lines of text, each with a line break behind it. */
export function renderLineChart(chart: Chart, look: ChartLook): string {
  const drawn = chart.lines.slice(0, LINES_MAX);
  const legend = legendOf(drawn, chart.lines.length - drawn.length, look);
  const points = drawn.flatMap(line => line.points);
  const known = points.flatMap(({y}) => (y === null || !Number.isFinite(y) ? [] : [y]));
  const title = look.paint('strong', clip(visible(chart.title), look.width));
  if (known.length === 0) return textOf([title, 'nothing to draw: no values in this range']);
  const rows = Math.max(PLOT_MIN.rows, look.height - legend.length - 3);
  const y = yScaleOf(known, rows);
  const labelWidth = Math.max(...y.ticks.map(({label}) => label.length));
  const columns = Math.max(PLOT_MIN.columns, look.width - labelWidth - 2);
  const x = xSpanOf(chart, points);
  const plot = plotOf(drawn, {x, y}, {columns, rows}, look);
  return textOf([
    title,
    ...withLabels(plot, y, labelWidth, look),
    ...acrossAxis(chart.xKind, x, {columns, labelWidth}, look),
    ...legend,
  ]);
}

const textOf = (lines: readonly string[]): string => lines.map(line => `${line.trimEnd()}\n`).join('');

function xSpanOf({xFrom, xTo}: Chart, points: readonly ChartPoint[]): Span {
  let [from, to] = [xFrom ?? Number.POSITIVE_INFINITY, xTo ?? Number.NEGATIVE_INFINITY];
  for (const {x} of points) {
    if (xFrom === undefined && x < from) from = x;
    if (xTo === undefined && x > to) to = x;
  }
  return to > from ? {from, to} : {from: from - 0.5, to: from + 0.5};
}

function yScaleOf(values: readonly number[], rows: number): Scale {
  let [lowest, highest] = [values[0]!, values[0]!];
  for (const value of values) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  return roundScale(lowest, highest, Math.max(3, Math.floor(rows / ROWS_OF_A_LABEL)));
}

/** Cells of the plot, painted, from the top. Where lines cross, the first one is seen. */
function plotOf(
  lines: readonly ChartLine[],
  {x, y}: {x: Span; y: Span},
  {columns, rows}: {columns: number; rows: number},
  {pen, paint}: ChartLook,
): string[] {
  const across = columns * pen.columns;
  const down = rows * pen.rows;
  const grids = lines.map(({points}) => {
    const grid = new DotGrid(across, down);
    let before: {column: number; row: number} | undefined;
    for (const point of points) {
      if (point.y === null || !Number.isFinite(point.y)) {
        before = undefined;
        continue;
      }
      const column = placeOf(point.x, x, across);
      const row = down - 1 - placeOf(point.y, y, down);
      if (before) grid.line(before.column, before.row, column, row);
      else grid.dot(column, row);
      before = {column, row};
    }
    return grid;
  });
  return Array.from({length: rows}, (_, row) => {
    const cells = Array.from({length: columns}, (__, column) => cellAt(grids, column, row, pen));
    return paintedRow(cells, paint);
  });
}

interface Cell {
  readonly line: number;
  readonly mark: string;
}

function cellAt(grids: readonly DotGrid[], column: number, row: number, pen: Pen): Cell | undefined {
  for (const [line, grid] of grids.entries()) {
    const mark = pen.mark(grid, column, row, line);
    if (mark !== undefined) return {line, mark};
  }
  return undefined;
}

/** Cells of one line beside each other are painted together: a colour for each would be ten times the bytes. */
function paintedRow(cells: readonly (Cell | undefined)[], paint: Paint): string {
  let text = '';
  for (let from = 0; from < cells.length; ) {
    const line = cells[from]?.line;
    let to = from;
    let marks = '';
    for (; to < cells.length && cells[to]?.line === line; to++) marks += cells[to]?.mark ?? ' ';
    text += line === undefined ? marks : paint(toneOf(line), marks);
    from = to;
  }
  return text;
}

const placeOf = (value: number, {from, to}: Span, places: number): number =>
  Math.round(((value - from) / (to - from)) * (places - 1));

function withLabels(
  plot: readonly string[],
  scale: Scale,
  labelWidth: number,
  {pen, paint}: ChartLook,
): string[] {
  const labels = new Map(
    scale.ticks.map(({value, label}) => [plot.length - 1 - placeOf(value, scale, plot.length), label]),
  );
  return plot.map((cells, row) => {
    const label = labels.get(row);
    const axis = label === undefined ? pen.axis.down : pen.axis.left;
    return paint('dim', `${(label ?? '').padStart(labelWidth)} ${axis}`) + cells;
  });
}

/** The line below the plot, and its labels; one that would touch the label before it is left out. */
function acrossAxis(
  kind: Chart['xKind'],
  span: Span,
  {columns, labelWidth}: {columns: number; labelWidth: number},
  {pen, paint}: ChartLook,
): string[] {
  const most = Math.max(2, Math.floor(columns / COLUMNS_OF_A_LABEL));
  const ticks = kind === 'time' ? timeTicks(span.from, span.to, most) : numberTicks(span.from, span.to, most);
  const line = new Array<string>(columns).fill(pen.axis.across);
  let labels = '';
  for (const {value, label} of ticks) {
    const column = placeOf(value, span, columns);
    const start = Math.max(0, Math.min(columns - label.length, column - (label.length >> 1)));
    if (labels !== '' && start <= labels.length) continue;
    line[column] = pen.axis.below;
    labels = labels.padEnd(start) + label;
  }
  if (kind === 'time' && labels.length + 4 <= columns) labels = `${labels.padEnd(columns - 3)}UTC`;
  const margin = ' '.repeat(labelWidth + 1);
  return [paint('dim', `${margin}${pen.axis.corner}${line.join('')}`), paint('dim', `${margin} ${labels}`)];
}

/** Names with the mark of their line, as many in a row as fit. One line that the title names needs no legend. */
function legendOf(lines: readonly ChartLine[], hidden: number, look: ChartLook): string[] {
  if (lines.length < 2 && hidden === 0) return [];
  const rows: {text: string; width: number}[] = [];
  for (const [line, {name}] of lines.entries()) {
    const shown = clip(visible(name), Math.max(8, look.width - 4));
    const sample = look.pen.sample(line);
    const width = textWidth(sample) + 1 + textWidth(shown);
    const text = `${look.paint(toneOf(line), sample)} ${shown}`;
    const last = rows.at(-1);
    if (last && last.width + 3 + width <= look.width) {
      last.text += `   ${text}`;
      last.width += 3 + width;
    } else {
      rows.push({text, width});
    }
  }
  if (hidden > 0) rows.push({text: `and ${hidden} more that are not drawn`, width: 0});
  return rows.map(({text}) => text);
}

const toneOf = (line: number): (typeof LINE_TONES)[number] => LINE_TONES[line % LINE_TONES.length]!;
