/** The live screen on terminals of several sizes, and what it leaves there. */
import {describe, expect, it} from 'vitest';
import {type Paint, plain} from '../../src/cli/color.js';
import {sparkline} from '../../src/ui/sparkline.js';
import {until} from '../support/deadline.js';
import {FakeTerminal} from '../support/fake-terminal.js';
import {LIVE_VIEW} from '../support/live-view.js';

// Where CI is set, ink draws nothing but the last frame.
process.env.CI = 'false';
const {openScreen} = await import('../../src/ui/open-screen.js');

/** A terminal with a whole frame on it. */
async function drawn(columns: number, rows: number, paint: Paint = plain) {
  const terminal = new FakeTerminal(columns, rows);
  const screen = openScreen(terminal, paint);
  screen.show(LIVE_VIEW);
  await until(() => terminal.lines[0]!.includes('bench'), 'a frame');
  return {terminal, screen, lines: terminal.lines};
}

it('shows everything at 80 × 24', async () => {
  const {lines, screen} = await drawn(80, 24);
  screen[Symbol.dispose]();
  for (const fact of [
    'bench e2e  nightly  mqtt://127.0.0.1:1883',
    'running  0:12 of 0:30, 0:18 left',
    '998 of 1,000  7/s  3 reconnects',
    '9,998/s  120,000 in all  9,987/s acknowledged',
    '9,876/s  118,000 in all',
    '▁▅█ 10,000/s',
    'p50      p90      p95      p99      max',
    'e2e            0.040     1.50     12.0     38.1     1204',
    '▂▅█ 40.0 ms',
    '! the generator is at its limit',
    '✗ e2e.p99<30ms  38.1 ms',
    '✓ sent.rate>=9000  9998/s',
    '? cmd.p99<1s  nothing yet',
    '2,000 missing  4 duplicated  5 reordered  6 late',
    'failures     12',
    '10  connect: ECONNREFUSED',
    '2  connection: reset',
  ])
    expect(lines.join('\n')).toContain(fact);
});

describe.each([
  [200, 60],
  [80, 24],
  [40, 24],
  [40, 10],
  [20, 5],
  [10, 3],
])('%i × %i', (columns, rows) => {
  it('fits, with the cursor on its last line', async () => {
    const {lines, screen} = await drawn(columns, rows);
    screen[Symbol.dispose]();
    expect(lines.length).toBeLessThan(rows);
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(columns);
  });
});

it('leaves the terminal as it was, with its cursor', async () => {
  const {terminal, screen} = await drawn(80, 24);
  expect(terminal.cursorShown).toBe(false);
  screen[Symbol.dispose]();
  expect(terminal).toMatchObject({cursorShown: true, lines: ['']});
});

it('leaves out views between two frames', async () => {
  const {terminal, screen} = await drawn(80, 24);
  screen.show({...LIVE_VIEW, phase: 'draining'});
  await until(() => {
    screen.show({...LIVE_VIEW, phase: 'ended'});
    return terminal.lines.join('\n').includes('ended');
  }, 'the next frame');
  expect(terminal.written).not.toContain('draining');
  screen[Symbol.dispose]();
});

it('keeps to its place when the terminal changes its size', async () => {
  const {terminal, screen} = await drawn(80, 24);
  Object.assign(terminal, {columns: 40, rows: 10});
  terminal.emit('resize');
  expect(terminal.lines).toEqual(['']);
  screen[Symbol.dispose]();
  expect(terminal.lines).toEqual(['']);
});

it('writes colours only where it may', async () => {
  const black = await drawn(80, 24);
  const red = await drawn(80, 24, (_tone, text) => `\u001b[31m${text}\u001b[39m`);
  expect(black.terminal.written).not.toMatch(/\p{Cc}\[[\d;]*m/u);
  expect(red.terminal.written).toContain('\u001b[31m✗ e2e.p99<30ms\u001b[39m');
  for (const {screen} of [black, red]) screen[Symbol.dispose]();
});

describe('a sparkline', () => {
  it.each([
    [[], 5, ''],
    [[0, 0], 5, '▁▁'],
    [[1, 2, 3, 4], 2, '▆█'],
    [[0, 1, 1_000_000], 5, '▁▂█'],
    [[1, 2], 0, ''],
    [[1, 2], -3, ''],
  ])('of %j in %i columns is %j', (values, width, line) => expect(sparkline(values, width)).toBe(line));
});
