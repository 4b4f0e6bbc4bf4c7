/** How charts look where stdout goes. */
import {paintFor, plain} from '../color.js';
import type {ChartLook} from './line-chart.js';
import {asciiPen, braillePen} from './pen.js';

/** In a pipe, which has no width. */
const WIDTH_ELSEWHERE = 100;
const HEIGHT_MAX = 24;
const HEIGHT_MIN = 10;

/**
 * Braille and colours where the terminal has them. ASCII with a mark for each line where the locale is not one of UTF-8,
 * the terminal is dumb, or colours are refused: lines of braille in one colour cannot be told apart.
 */
export async function terminalChartLook(): Promise<ChartLook> {
  const {columns, rows} = process.stdout;
  const paint = await paintFor(process.stdout);
  const braille = paint !== plain && isUtf8Locale(process.env) && process.env.TERM !== 'dumb';
  return {
    width: columns ?? WIDTH_ELSEWHERE,
    height: Math.max(HEIGHT_MIN, Math.min(HEIGHT_MAX, (rows ?? HEIGHT_MAX + 2) - 2)),
    pen: braille ? braillePen : asciiPen,
    paint,
  };
}

/** LC_ALL goes before LC_CTYPE before LANG (POSIX.1-2017, 8.2); the first that is set decides. */
export function isUtf8Locale({LC_ALL, LC_CTYPE, LANG}: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}
