import {describe, expect, it} from 'vitest';
import {type Chart, renderLineChart} from '../../../src/cli/chart/line-chart.js';
import {asciiPen, braillePen} from '../../../src/cli/chart/pen.js';
import {isUtf8Locale} from '../../../src/cli/chart/terminal-look.js';
import {plain} from '../../../src/cli/color.js';

const NOON = Date.UTC(2026, 0, 31, 12);
const MINUTE = 60_000;
const ASCII = {width: 40, height: 10, pen: asciiPen, paint: plain};
const BRAILLE = {...ASCII, pen: braillePen};

const ramp = (values: readonly (number | null)[]): Chart => ({
  title: 'temperature (°C)',
  xKind: 'time',
  lines: [{name: 'lamp-1', points: values.map((y, minute) => ({x: NOON + minute * MINUTE, y}))}],
});

describe('a chart of lines', () => {
  it('draws a line with the labels of its axes', () => {
    expect(renderLineChart(ramp([0, 1, 2, 3, 4, 5, 6]), ASCII)).toMatchInlineSnapshot(`
      "temperature (°C)
      10 +
         |
         |                                ****
         |                          ******
         |               ***********
         |   ************
       0 +***
         ++----------------------------+------
          12:00                      12:05 UTC
      "
    `);
  });

  it('draws eight dots a cell in braille', () => {
    expect(renderLineChart(ramp([0, 6, 0, 6]), BRAILLE)).toMatchInlineSnapshot(`
      "temperature (°C)
      10 ┤
         │
         │            ⡀                      ⢀
         │         ⡠⠔⠉⠈⠑⠤⡀                ⢀⠤⠊⠁
         │      ⡠⠔⠉      ⠈⠒⢄⡀          ⢀⠤⠊⠁
         │   ⡠⠔⠉            ⠈⠒⢄     ⢀⠤⠊⠁
       0 ┤⡠⠔⠉                  ⠉⠢⢄⠤⠊⠁
         └┬──────────────────────┬────────────
          12:00                12:02       UTC
      "
    `);
  });

  it('leaves a gap where nothing is known', () => {
    const text = renderLineChart(ramp([5, 5, 5, null, null, null, 5, 5, 5]), ASCII);
    expect(text).toMatch(/\*{5,} {10,}\*{5,}/);
  });

  it('shows a value that stands alone between gaps', () => {
    expect(renderLineChart(ramp([null, 3, null]), ASCII)).toContain('*');
  });

  it('tells lines apart by marks, with a legend', () => {
    const {lines} = ramp([1, 2]);
    const two = {
      ...ramp([1, 2]),
      lines: [...lines, {...lines[0]!, name: 'lamp-2', points: [{x: NOON, y: 9}]}],
    };
    const text = renderLineChart(two, ASCII);
    expect(text).toContain('* lamp-1   + lamp-2');
    expect(text).toMatch(/\+ /);
  });

  it('says how many lines it does not draw', () => {
    const one = ramp([1]).lines[0]!;
    const many = {
      ...ramp([1]),
      lines: Array.from({length: 1000}, (_, index) => ({...one, name: `d${index}`})),
    };
    expect(renderLineChart(many, ASCII)).toContain('and 988 more that are not drawn');
  });

  it('has something to say about no values', () => {
    expect(renderLineChart(ramp([null]), ASCII)).toContain('no values in this range');
    expect(renderLineChart({...ramp([]), lines: []}, ASCII)).toContain('no values in this range');
  });

  it.each([
    [[0, 0]],
    [[-1e300, 1e300]],
    [[1e-12, 2e-12]],
    [[Number.NaN, 1, Number.POSITIVE_INFINITY]],
    [[1e15, 1e15 + 1]],
  ])('is never wider or higher than asked: %j', values => {
    for (const look of [ASCII, BRAILLE, {...ASCII, width: 1, height: 1}]) {
      const lines = renderLineChart(ramp(values), look).split('\n').slice(0, -1);
      expect(lines.length).toBeLessThanOrEqual(Math.max(10, look.height));
      if (look.width > 20) for (const line of lines) expect(line.length).toBeLessThanOrEqual(look.width);
    }
  });

  it('shows control characters of a name instead of obeying them', () => {
    expect(renderLineChart({...ramp([1, 2]), title: 'a\u001b[2Jb'}, ASCII)).not.toContain('\u001b');
  });

  it('labels days by their date, and numbers where the axis is one of numbers', () => {
    const days = {...ramp([1, 2]), xFrom: NOON - 3 * 24 * 60 * MINUTE, xTo: NOON};
    expect(renderLineChart(days, {...ASCII, width: 60})).toContain('2026-01-30');
    const numbers = {...ramp([1, 2]), xKind: 'number' as const, xFrom: 0, xTo: 10};
    expect(renderLineChart(numbers, {...ASCII, width: 60})).toMatch(/\b10\b/);
  });
});

describe('the locale', () => {
  it.each([
    [{LANG: 'en_US.UTF-8'}, true],
    [{LANG: 'C.utf8'}, true],
    [{LC_ALL: 'C', LANG: 'en_US.UTF-8'}, false],
    [{LC_CTYPE: 'POSIX'}, false],
    [{}, false],
  ])('%j', (environment, expected) => expect(isUtf8Locale(environment)).toBe(expected));
});
