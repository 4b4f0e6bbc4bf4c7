/** A damaged file of the archive is named, and stands in the way of no question that does not need it. */
import {open, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {NO_RETENTION} from '../../src/domain/retention.js';
import {eventOf, startStore} from '../support/start-store.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 20, 12);
const old = {...NO_RETENTION, archiveAfterDays: 2};

let world: Awaited<ReturnType<typeof startStore>>;
let folder: string;

const fileOf = async (table: string, day: string): Promise<string> => {
  const names = await readdir(join(folder, `table=${table}/day=${day}`));
  return join(folder, `table=${table}/day=${day}`, names[0]!);
};

beforeAll(async () => {
  world = await startStore();
  folder = join(world.folder, 'archive/tenant=default');
  const ago = (days: number) => eventOf({n: days, m: 1}, {timeMs: NOW_MS - days * DAY_MS});
  await world.put(ago(9), ago(8), ago(7), ago(0));
  await world.store.retain('default', {policy: {raw: old, typed: old}, nowMs: NOW_MS});
  // The first and the last days' readings, and a day of events.
  const damaged = [await fileOf('readings', '2026-11-11'), await fileOf('events', '2026-11-12')];
  for (const file of damaged) {
    const handle = await open(file, 'r+');
    await handle.truncate((await handle.stat()).size - 9);
    await handle.close();
  }
  await rm(await fileOf('readings', '2026-11-13'));
});
afterAll(async () => await world[Symbol.asyncDispose]());

const ask = (sql: string) =>
  world.store.query('default', {sql, timeoutMs: 20_000, maxRows: 10, registry: {devices: 'all'}});
const range = ([fromDaysAgo, toDaysAgo]: readonly [number, number]) => ({
  metrics: ['n'],
  sinceMs: NOW_MS - fromDaysAgo * DAY_MS - 1,
  untilMs: NOW_MS - toDaysAgo * DAY_MS + 1,
  labelCount: 0,
  onlyDevices: false,
  timeoutMs: 20_000,
  consistent: false,
});

describe('a damaged file of the archive', () => {
  it('is named, with its day', async () => {
    for (const [table, day] of [
      ['readings', '2026-11-11'],
      ['events', '2026-11-12'],
    ] as const)
      await expect(ask(`SELECT count(device) FROM ${table}`)).rejects.toMatchObject({
        code: 'IOT_DATA_CORRUPT',
        message: expect.stringContaining(`table=${table}/day=${day}/`) as string,
      });
  });

  it('does not stop questions about other tables', async () => {
    expect((await ask('SELECT 1')).rows).toEqual([[1]]);
    expect((await ask('SELECT count(*) FROM devices')).rows).toEqual([[0]]);
    // From events, of which a file is damaged.
    await expect(ask('SELECT count(*) FROM connections')).rejects.toMatchObject({code: 'IOT_DATA_CORRUPT'});
  });

  it('does not stop statistics and episodes of other days', async () => {
    for (const days of [
      [8, 8],
      [0, 0],
    ] as const) {
      const stats = {...range(days), aggregates: ['count'], by: []};
      expect((await world.stats(stats)).rows[0]!.values).toEqual({count: 1});
      const times = {forMs: 0, maxGapMs: 60_000};
      const above = {condition: {kind: 'above', limit: -1, hysteresis: 0}} as const;
      for (const condition of [above, {when: 'n >= 0 && m == 1'}])
        expect(
          (await world.store.episodes('default', {...range(days), ...times, ...condition})).found,
        ).toHaveLength(1);
    }
    // Whether a metric was told in a damaged file nobody knows, and nobody says that it never was.
    const other = {...range([0, 0]), metrics: ['x'], aggregates: ['count'], by: []};
    expect((await world.stats(other)).rows).toEqual([]);
    const over = {...range([9, 8]), aggregates: ['count'], by: []};
    await expect(world.stats(over)).rejects.toMatchObject({
      code: 'IOT_DATA_CORRUPT',
      message: expect.stringContaining('table=readings/day=2026-11-11/') as string,
    });
  });

  it('does not stop the history of other days, nor their export', async () => {
    const since = NOW_MS - DAY_MS;
    expect((await world.store.events('default', {limit: 10, sinceMs: since})).events).toHaveLength(1);
    await expect(world.store.events('default', {limit: 10})).rejects.toMatchObject({
      code: 'IOT_DATA_CORRUPT',
      message: expect.stringContaining('table=events/day=2026-11-12/') as string,
    });
    const {days} = await world.store.exportDays('default', {sinceMs: since});
    expect(days.map(({table, rows}) => [table, rows])).toEqual([
      ['events', 1],
      ['readings', 2],
    ]);
  });
});
