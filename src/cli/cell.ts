/** One cell of a result: how it reads in a table for eyes, and in the formats for programs. */
import type {Paint, Tone} from './color.js';
import {relativeTime} from './relative-time.js';
import {visible} from './text-width.js';

/** A `Date` is shown relative to now on a terminal, and as RFC 3339 everywhere else. */
export type CellValue = string | number | boolean | bigint | null | undefined | Date;

export interface ToneCell {
  readonly value: CellValue;
  readonly tone: Tone;
}

export type Cell = CellValue | ToneCell;

export const toned = (value: CellValue, tone: Tone): ToneCell => ({value, tone});

const isToned = (cell: Cell): cell is ToneCell =>
  typeof cell === 'object' && cell !== null && !(cell instanceof Date);

export const cellValue = (cell: Cell): CellValue => (isToned(cell) ? cell.value : cell);

/** The text that programs get (CSV, Markdown, a table in a pipe). Nothing is the empty text. */
export function textOf(value: CellValue): string {
  if (value === null || value === undefined) return '';
  return value instanceof Date ? value.toISOString() : String(value);
}

/** The text that a person sees on a terminal. */
export function shownText(value: CellValue, nowMs: number): string {
  if (value === null || value === undefined || value === '') return '-';
  return value instanceof Date ? relativeTime(value.getTime(), nowMs) : visible(String(value));
}

export const painted = (cell: Cell, text: string, paint: Paint): string =>
  isToned(cell) ? paint(cell.tone, text) : text;

/** A time as JSON carries it (RFC 3339 or null), as a cell. */
export const time = (text: string | null | undefined): Date | null =>
  text === null || text === undefined ? null : new Date(text);
