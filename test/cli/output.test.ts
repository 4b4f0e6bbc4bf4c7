import {describe, expect, it} from 'vitest';
import {plain} from '../../src/cli/color.js';
import {type Columns, renderOne, renderRows} from '../../src/cli/output.js';
import type {TableLook} from '../../src/cli/table.js';

interface Lamp {
  readonly id: string;
  readonly watts: number | null;
  readonly lastSeenAt: string;
}

const COLUMNS: Columns<Lamp> = {
  id: lamp => lamp.id,
  watts: lamp => lamp.watts,
  lastSeenAt: lamp => new Date(lamp.lastSeenAt),
};

const LAMPS: readonly Lamp[] = [
  {id: 'lamp-1', watts: 7, lastSeenAt: '2026-01-31T12:00:00.000Z'},
  {id: 'hall, "upper"', watts: 120, lastSeenAt: '2026-01-31T11:00:00.000Z'},
];

const PIPE: TableLook = {widthMax: undefined, paint: plain, nowMs: Date.parse('2026-01-31T12:03:00Z')};
const terminal = (widthMax: number): TableLook => ({...PIPE, widthMax});

describe('a list', () => {
  it('is an aligned table with full times in a pipe', () => {
    expect(renderRows(LAMPS, COLUMNS, 'table', PIPE)).toBe(
      [
        'ID             WATTS  LAST SEEN AT',
        'lamp-1             7  2026-01-31T12:00:00.000Z',
        'hall, "upper"    120  2026-01-31T11:00:00.000Z',
        '',
      ].join('\n'),
    );
  });

  it('tells times relative to now on a terminal', () => {
    expect(renderRows(LAMPS, COLUMNS, 'table', terminal(80))).toContain('lamp-1             7  3 min ago\n');
  });

  it('is never wider than the terminal', () => {
    const rows = [{id: 'x'.repeat(60), watts: 1, lastSeenAt: LAMPS[0]!.lastSeenAt}];
    const lines = renderRows(rows, COLUMNS, 'table', terminal(40)).split('\n');
    expect(Math.max(...lines.map(line => line.length))).toBe(40);
    expect(lines[1]).toContain('…');
  });

  it('aligns wide characters, combining marks and emoji by the columns they take', () => {
    const rows = ['温度', 'e\u0301', '👩‍🔧', 'ab'].map(id => ({
      id,
      watts: 1,
      lastSeenAt: LAMPS[0]!.lastSeenAt,
    }));
    const lines = renderRows(rows, COLUMNS, 'table', terminal(80)).split('\n');
    expect(lines.slice(1, 5).map(line => line.indexOf('1'))).toEqual([
      '温度'.length + 6,
      'e\u0301'.length + 9,
      '👩‍🔧'.length + 8,
      'ab'.length + 8,
    ]);
  });

  it('shows control characters instead of obeying them', () => {
    const rows = [{id: 'a\u001b[2Jb\u009bc', watts: null, lastSeenAt: LAMPS[0]!.lastSeenAt}];
    expect(renderRows(rows, COLUMNS, 'table', PIPE)).toContain('a\\x1b[2Jb\\x9bc');
  });

  it('is CSV as RFC 4180 has it', () => {
    expect(renderRows(LAMPS, COLUMNS, 'csv', PIPE)).toBe(
      [
        'id,watts,lastSeenAt',
        'lamp-1,7,2026-01-31T12:00:00.000Z',
        '"hall, ""upper""",120,2026-01-31T11:00:00.000Z',
        '',
      ].join('\r\n'),
    );
  });

  it('is its rows in JSON, and one row a line in NDJSON', () => {
    expect(JSON.parse(renderRows(LAMPS, COLUMNS, 'json', PIPE))).toEqual(LAMPS);
    const lines = renderRows(LAMPS, COLUMNS, 'ndjson', PIPE).trimEnd().split('\n');
    expect(lines.map(line => JSON.parse(line) as unknown)).toEqual(LAMPS);
  });

  it('is Markdown whose cells cannot break the table', () => {
    const rows = [{id: 'a|b\nc', watts: 1, lastSeenAt: LAMPS[0]!.lastSeenAt}];
    expect(renderRows(rows, COLUMNS, 'md', PIPE)).toBe(
      '| id | watts | lastSeenAt |\n| --- | --- | --- |\n| a\\|b<br>c | 1 | 2026-01-31T12:00:00.000Z |\n',
    );
  });
});

describe('one thing', () => {
  it('is a card in a table and an object in JSON', () => {
    expect(renderOne(LAMPS[0]!, COLUMNS, 'table', PIPE)).toBe(
      'ID            lamp-1\nWATTS         7\nLAST SEEN AT  2026-01-31T12:00:00.000Z\n',
    );
    expect(JSON.parse(renderOne(LAMPS[0]!, COLUMNS, 'json', PIPE))).toEqual(LAMPS[0]);
  });
});
