/** Callers who see some devices only: whatever they write, no other row tells them anything. */
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {eventOf, startStore} from '../support/start-store.js';

type World = Awaited<ReturnType<typeof startStore>>;

const ask = async (world: World, sql: string, devices?: readonly string[]): Promise<unknown> => {
  const request = {sql, timeoutMs: 20_000, maxRows: 1_000_000};
  return (await world.store.query('default', devices ? {...request, devices} : request)).rows;
};

/** Readings of a secret device, and of one that may be seen. */
async function startWorld(): Promise<World> {
  const world = await startStore();
  await world.put(
    eventOf({temperature: 21}, {device: 'seen'}),
    eventOf({temperature: 99}, {device: 'secret'}),
    eventOf({temperature: 22}, {device: 'seen'}),
    eventOf({reason: 'x'}, {device: '', type: 'connection.refused'}),
  );
  return world;
}

describe('a limited query', () => {
  it('sees the rows of its devices in both tables, and nothing of the platform’s', async () => {
    await using world = await startWorld();
    expect(await ask(world, 'SELECT DISTINCT device FROM events', ['seen'])).toEqual([['seen']]);
    expect(await ask(world, 'SELECT sum(value) FROM readings', ['seen', 'nobody'])).toEqual([[43]]);
    expect(await ask(world, 'SELECT count(*) FROM events', [])).toEqual([[0]]);
    expect(await ask(world, 'SELECT count(*) FROM events')).toEqual([[4]]);
  });

  it.each([
    'SELECT * FROM main.events',
    'SELECT * FROM "MAIN"."Events"',
    'SELECT * FROM "default".main.events',
    'SELECT * FROM "default".events',
    'SELECT * FROM temp.visible_devices',
    'SELECT * FROM visible_devices',
    'SELECT * FROM internal.progress',
    'SELECT * FROM information_schema.tables',
    'SELECT * FROM duckdb_tables',
    'SELECT * FROM duckdb_tables()',
    'SELECT * FROM sqlite_master',
    'SELECT * FROM pg_catalog.pg_class',
    "SELECT * FROM pragma_storage_info('events')",
    "SELECT * FROM pragma_table_info('events')",
    "SELECT * FROM query_table('events')",
    "SELECT * FROM query('SELECT * FROM main.events')",
    'SUMMARIZE main.events',
    'DESCRIBE main.events',
    'SHOW TABLES',
    'SHOW ALL TABLES',
    'EXPLAIN SELECT * FROM events',
    'EXPLAIN ANALYZE SELECT * FROM events',
    'SELECT stats(device) FROM events',
    'SELECT (SELECT max(value) FROM main.readings)',
    'WITH a AS (SELECT * FROM main.events) SELECT * FROM a',
    'WITH a AS (SELECT * FROM sqlite_master), sqlite_master AS (SELECT 1) SELECT * FROM a',
    'WITH sqlite_master AS (SELECT * FROM sqlite_master) SELECT * FROM sqlite_master',
    'SELECT * FROM (WITH duckdb_tables AS (SELECT 1) SELECT 1), duckdb_tables',
    'SELECT 1 UNION ALL SELECT value FROM main.readings',
    'SELECT * FROM events WHERE EXISTS (SELECT 1 FROM main.events e)',
    'SELECT * FROM range(1), LATERAL (SELECT * FROM main.events)',
    'FROM main.events',
    'TABLE main.events',
    "SELECT * FROM 'default.duckdb'",
  ])('is refused where it goes round its view: %s', async sql => {
    await using world = await startWorld();
    await expect(ask(world, sql, ['seen'])).rejects.toMatchObject({
      code: expect.stringMatching(/^IOT_QUERY_(REFUSED|INVALID)$/),
    });
  });

  it.each([
    ['DESCRIBE events', (rows: unknown[]) => rows.length > 5],
    ['SUMMARIZE readings', (rows: unknown[]) => !JSON.stringify(rows).includes('99')],
    [
      'WITH events AS (SELECT * FROM events) SELECT count(*) FROM events',
      ([row]: unknown[]) => String(row) === '2',
    ],
    [
      'WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t WHERE x < 3) SELECT count(*) FROM t',
      ([row]: unknown[]) => String(row) === '3',
    ],
    [
      'SELECT count(*) FROM events a JOIN "EVENTS" b USING (device)',
      ([row]: unknown[]) => String(row) === '4',
    ],
  ])('may say %s', async (sql, holds) => {
    await using world = await startWorld();
    expect(await ask(world, sql, ['seen'])).toSatisfy(holds);
  });

  it.each([
    "SELECT count(*) FROM events WHERE CASE WHEN device = 'secret' THEN error('there is one') ELSE true END",
    "SELECT count(*) FROM events WHERE CASE WHEN device = 'seen' THEN 1 ELSE device::INTEGER END = 1",
    "SELECT count(*) FROM readings WHERE 1 / (value - 99)::INTEGER >= 0 OR error('x') IS NULL",
  ])('learns nothing from what fails on rows that it does not see: %s', async sql => {
    await using world = await startWorld();
    const outcome = await ask(world, sql, ['seen']).catch((error: Error) => error.message);
    await using without = await startStore();
    await without.put(
      eventOf({temperature: 21}, {device: 'seen'}),
      eventOf({temperature: 22}, {device: 'seen'}),
    );
    const expected = await ask(without, sql, ['seen']).catch((error: Error) => error.message);
    expect(outcome).toEqual(expected);
  });

  it('takes a hundred thousand devices, with any characters in their ids', async () => {
    await using world = await startWorld();
    const many = Array.from({length: 100_000}, (_, index) => `d-${index}`);
    expect(await ask(world, 'SELECT count(*) FROM events', [...many, 'seen', `'"]\\`, 'å'])).toEqual([[2]]);
  });

  it('shares nothing with others that run at the same time', async () => {
    await using world = await startWorld();
    const sql = 'SELECT count(*) FROM events';
    const answers = await Promise.all(
      Array.from({length: 9}, (_, index) => ask(world, sql, [['seen'], ['secret'], undefined][index % 3])),
    );
    expect(answers.map(rows => (rows as number[][])[0]![0])).toEqual([2, 1, 4, 2, 1, 4, 2, 1, 4]);
  });

  it('is what an unlimited one gives, filtered', async () => {
    await using world = await startStore();
    const ids = ['a', 'b', 'c', 'd'];
    let before = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({device: fc.constantFrom(...ids), value: fc.integer()}), {
          minLength: 1,
          maxLength: 20,
        }),
        fc.subarray(ids),
        async (rows, devices) => {
          await world.put(...rows.map(({device, value}) => eventOf({m: value}, {device})));
          before += rows.length;
          const all = (await ask(world, 'SELECT device, value FROM readings ORDER BY "offset"')) as [
            string,
            number,
          ][];
          expect(all).toHaveLength(before);
          const seen = await ask(world, 'SELECT device, value FROM readings ORDER BY "offset"', devices);
          expect(seen).toEqual(all.filter(([device]) => devices.includes(device)));
        },
      ),
      {numRuns: 20},
    );
  });
});

describe('limited events', () => {
  it('are those of the devices, page by page, the platform’s not among them', async () => {
    await using world = await startWorld();
    const page = async (devices: readonly string[], more: object = {}) =>
      (await world.store.events('default', {limit: 10, devices, ...more})).events.map(({device}) => device);
    expect(await page(['seen'])).toEqual(['seen', 'seen']);
    expect(await page(['seen', 'secret'], {limit: 1, last: true})).toEqual(['seen']);
    expect(await page([])).toEqual([]);
    expect(await page(['seen'], {device: 'secret'})).toEqual([]);
  });
});
