/** Old days move to Parquet and go, and whoever asks sees one table all the while. */
import {existsSync} from 'node:fs';
import {mkdir, readdir, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {DuckDBInstance} from '@duckdb/node-api';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {ModelSpec} from '../../src/domain/model.js';
import {type DataRetention, NO_RETENTION} from '../../src/domain/retention.js';
import {eventOf, startStore} from '../support/start-store.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 20, 12);

const policyOf = (retention: Partial<DataRetention>) => ({
  raw: {...NO_RETENTION, ...retention},
  typed: {...NO_RETENTION, ...retention},
});

const retain = (
  world: Awaited<ReturnType<typeof startStore>>,
  retention: Partial<DataRetention>,
  more: {compact?: boolean} = {},
) => world.store.retain('default', {policy: policyOf(retention), nowMs: NOW_MS, ...more});

/** A reading of so many days ago. */
const ago = (days: number, n: number, device = 'lamp-1') =>
  eventOf({n}, {device, timeMs: NOW_MS - days * DAY_MS, recordedMs: NOW_MS});

/** A question for all readings that `ago` makes. */
const everything = {
  metrics: ['n'],
  sinceMs: NOW_MS - 30 * DAY_MS,
  untilMs: NOW_MS + DAY_MS,
  onlyDevices: false,
  labelCount: 0,
  aggregates: ['count', 'sum'],
  by: [],
  timeoutMs: 20_000,
  consistent: false,
};

const partsOf = async (folder: string): Promise<string[]> =>
  (await readdir(join(folder, 'archive'), {recursive: true}).catch(() => []))
    .filter(name => name.endsWith('.parquet'))
    .sort();

describe('the archive', () => {
  it('has whole days in hive layout, and is one table with what is in the database', async () => {
    await using world = await startStore();
    await world.put(ago(9, 1), ago(8, 2), ago(8, 3, 'lamp-2'), ago(1, 4));
    const report = await retain(world, {archiveAfterDays: 7});
    expect(report).toMatchObject({archivedRows: 6, archivedParts: 4, deletedRows: 0});
    expect((await partsOf(world.folder)).map(dirname)).toEqual([
      'tenant=default/table=events/day=2026-11-11',
      'tenant=default/table=events/day=2026-11-12',
      'tenant=default/table=readings/day=2026-11-11',
      'tenant=default/table=readings/day=2026-11-12',
    ]);
    await world.put(ago(0, 5));
    expect(await world.rows('SELECT value FROM readings ORDER BY value')).toEqual([[1], [2], [3], [4], [5]]);
    expect(await world.rows(`SELECT "offset", body->>'n' FROM events ORDER BY "offset"`)).toHaveLength(5);
    for (const [fromDaysAgo, untilDaysAgo, count] of [
      [9, 8, 1],
      [9, 7, 3],
      [8.5, 7.5, 2],
      [8, -1, 4],
    ] as const) {
      const range = {sinceMs: NOW_MS - fromDaysAgo * DAY_MS, untilMs: NOW_MS - untilDaysAgo * DAY_MS};
      const {rows} = await world.stats({...everything, ...range, aggregates: ['count']});
      expect(rows).toEqual([{metric: 'n', values: {count}}]);
    }
    const {events} = await world.store.events('default', {limit: 10});
    expect(events.map(({payload}) => Buffer.from(payload).toString())).toEqual(
      [1, 2, 3, 4, 5].map(n => `{"n":${n}}`),
    );
  });

  it('keeps late readings of an archived day in the database until the next run, and merges small files', async () => {
    await using world = await startStore();
    for (let n = 0; n < 3; n++) {
      await world.put(ago(8, n));
      await retain(world, {archiveAfterDays: 7});
    }
    expect(await partsOf(world.folder)).toHaveLength(6);
    await world.put(ago(8, 3));
    expect(await world.rows('SELECT count(*) FROM readings')).toEqual([[4]]);
    expect(await retain(world, {archiveAfterDays: 7})).toMatchObject({archivedRows: 2, mergedParts: 8});
    expect(await partsOf(world.folder)).toHaveLength(2);
    expect(await world.rows('SELECT value FROM readings ORDER BY ALL')).toEqual([[0], [1], [2], [3]]);
  });

  it('deletes by age from both, and by size the oldest days', async () => {
    await using world = await startStore();
    await world.put(...[30, 20, 10, 9, 8, 2].map(days => ago(days, days)));
    await retain(world, {archiveAfterDays: 15});
    expect(await retain(world, {deleteAfterDays: 9})).toMatchObject({deletedRows: 6, deletedParts: 4});
    expect(await world.rows('SELECT value FROM readings ORDER BY value')).toEqual([[2], [8], [9]]);
    await retain(world, {archiveAfterDays: 1});
    const report = await retain(world, {bytesMax: 2500});
    expect(report.deletedParts).toBeGreaterThan(0);
    expect((await world.rows('SELECT value FROM readings ORDER BY value'))[0]).toEqual([2]);
    expect(await partsOf(world.folder)).toHaveLength(6 - report.deletedParts);
  });

  it('counts what is in the database against the size, too, and never lets go of today', async () => {
    await using world = await startStore();
    const rows = 20_000;
    for (const days of [3, 2, 1, 0])
      await world.put(
        ...Array.from({length: rows}, (_, n) => ago(days, n + Math.random(), `lamp-${n % 50}`)),
      );
    // What is in the WAL only is not counted yet.
    await world.restart();
    const days = () =>
      world.rows('SELECT CAST(time AS DATE)::VARCHAR, count(*) FROM readings GROUP BY ALL ORDER BY ALL');
    const typed = (bytesMax: number) => ({raw: NO_RETENTION, typed: {...NO_RETENTION, bytesMax}});
    const run = (bytesMax: number, more = {}) =>
      world.store.retain('default', {policy: typed(bytesMax), nowMs: NOW_MS, ...more});
    const {freedBytes: all} = await run(1, {dryRun: true});
    // Of four days about three quarters are before today.
    const twoDays = (all / 3) * 2.5;
    const plan = await run(twoDays, {dryRun: true});
    const report = await run(twoDays);
    expect(report).toMatchObject({deletedRows: 2 * rows, deletedParts: 0});
    expect(report).toEqual(plan);
    expect(await days()).toEqual([
      ['2026-11-19', rows],
      ['2026-11-20', rows],
    ]);
    expect(await world.rows('SELECT count(*) FROM events')).toEqual([[4 * rows]]);
    expect((await run(twoDays)).deletedRows).toBe(0);
    expect((await run(1)).deletedRows).toBe(rows);
    expect(await days()).toEqual([['2026-11-20', rows]]);
  });

  it('reads files of each version of a model as one table', async () => {
    const spec: ModelSpec = {model: 'pump', version: 1, metrics: {temperature: {type: 'number'}}};
    const models = [spec];
    await using world = await startStore({loadVersions: async () => models});
    const said = (body: object, version: number, days: number) => ({
      ...ago(days, 0),
      ...eventOf(body, {attributes: {dataschema: `urn:iotctl:default:pump:${version}`}}),
      timeMs: NOW_MS - days * DAY_MS,
    });
    await world.put(said({temperature: 1}, 1, 9));
    await retain(world, {archiveAfterDays: 7});
    models.push({...spec, version: 2, metrics: {...spec.metrics, mode: {type: 'string'}}});
    await world.put(said({temperature: 2, mode: 'auto'}, 2, 9), said({temperature: 3, mode: 'off'}, 2, 1));
    await retain(world, {archiveAfterDays: 7}, {compact: true});
    expect(
      await world.rows('SELECT version, temperature, mode FROM model_pump ORDER BY temperature'),
    ).toEqual([
      [1, 1, null],
      [2, 2, 'auto'],
      [2, 3, 'off'],
    ]);
  });

  it('never shows a row twice or not at all while rows move, files merge and others are deleted', async () => {
    await using world = await startStore({retentionStepRows: 40});
    const total = 200;
    await world.put(...Array.from({length: total}, (_, n) => ago(8 + (n % 3), n, `lamp-${n % 7}`)));
    let done = false;
    const seen = new Set<string>();
    const ask = async (): Promise<unknown[]> => {
      const {rows} = await world.stats(everything);
      return [await world.rows('SELECT count(*), count(DISTINCT value), sum(value) FROM readings'), rows];
    };
    const asking = (async () => {
      while (!done) seen.add(JSON.stringify(await ask()));
    })();
    await retain(world, {archiveAfterDays: 7});
    await retain(world, {archiveAfterDays: 7}, {compact: true});
    done = true;
    await asking;
    const sum = (total * (total - 1)) / 2;
    const values = {count: total, sum};
    expect([...seen].map(text => JSON.parse(text))).toEqual([
      [[[total, total, sum]], [{metric: 'n', values}]],
    ]);
  });

  it('answers as if nothing had moved, whatever is said when and retained how', async () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.array(
          fc.record({days: fc.integer({min: 0, max: 12}), device: fc.constantFrom('a', 'b')}),
          {minLength: 1, maxLength: 30},
        ),
      },
      fc.constantFrom(1, 3, 8),
      fc.constant('compact' as const),
      fc.constant('restart' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, {minLength: 3, maxLength: 6}), async steps => {
        await using world = await startStore({retentionStepRows: 5});
        const said: string[] = [];
        for (const what of steps) {
          if (what === 'restart') await world.restart();
          else if (what === 'compact') await retain(world, {}, {compact: true});
          else if (typeof what === 'number') await retain(world, {archiveAfterDays: what});
          else {
            await world.put(...what.map(({days, device}, index) => ago(days, said.length + index, device)));
            for (const {device} of what) said.push(`${device} ${said.length}`);
          }
        }
        const rows = await world.rows(
          "SELECT device || ' ' || CAST(value AS INT) FROM readings ORDER BY value",
        );
        expect(rows.flat()).toEqual(said);
      }),
      {numRuns: 5},
    );
  });

  it('erases a device from every file, and no other row', async () => {
    await using world = await startStore();
    await world.put(ago(9, 1), ago(9, 2, "it's"), ago(8, 3, "it's"), ago(1, 4, "it's"), ago(1, 5));
    await retain(world, {archiveAfterDays: 7});
    await world.store.eraseDevice('default', "it's");
    expect(await world.rows('SELECT device, value FROM readings ORDER BY value')).toEqual([
      ['lamp-1', 1],
      ['lamp-1', 5],
    ]);
    // The day that had no other device has no file any more.
    const files = await partsOf(world.folder);
    expect(files.map(dirname)).toEqual([
      'tenant=default/table=events/day=2026-11-11',
      'tenant=default/table=readings/day=2026-11-11',
    ]);
    const elsewhere = await (await DuckDBInstance.create()).connect();
    const reader = await elsewhere.runAndReadAll(
      `SELECT DISTINCT device, tenant, day::VARCHAR FROM read_parquet('${world.folder}/archive/*/table=readings/*/*.parquet', hive_partitioning = true)`,
    );
    expect(reader.getRows()).toEqual([['lamp-1', 'default', '2026-11-11']]);
  });

  it('takes away what a crash left, and puts aside what may be all that is left', async () => {
    await using world = await startStore();
    await world.put(ago(9, 1));
    await retain(world, {archiveAfterDays: 7});
    const [part] = await partsOf(world.folder);
    const folder = join(world.folder, 'archive/tenant=default');
    const half = [join(dirname(part!), 'part-half.parquet'), 'tenant=default/drafts/half.parquet'];
    for (const file of half) {
      await mkdir(dirname(join(world.folder, 'archive', file)), {recursive: true});
      await writeFile(join(world.folder, 'archive', file), 'PAR1');
    }
    await writeFile(join(folder, 'README'), 'of somebody else');
    await world.restart();
    expect(await partsOf(world.folder)).toHaveLength(2);
    expect(existsSync(join(folder, 'README'))).toBe(true);
    expect(await world.rows('SELECT value FROM readings')).toEqual([[1]]);

    await world.store.close();
    await rm(join(world.folder, 'default.duckdb'));
    await world.restart();
    expect((await partsOf(world.folder)).map(file => file.split('/')[0])).toEqual([
      expect.stringMatching(/^tenant=default\.aside-\d+$/),
      expect.stringMatching(/^tenant=default\.aside-\d+$/),
    ]);
  });

  it('says which file is damaged or gone', async () => {
    await using world = await startStore();
    await world.put(ago(9, 1));
    await retain(world, {archiveAfterDays: 7});
    const file = (await partsOf(world.folder)).find(name => name.includes('table=readings'))!;
    await writeFile(join(world.folder, 'archive', file), 'not Parquet');
    const error = {code: 'IOT_DATA_CORRUPT', message: expect.stringContaining(file) as string};
    await expect(world.rows('SELECT * FROM readings')).rejects.toMatchObject(error);
    await rm(join(world.folder, 'archive', file));
    await expect(world.rows('SELECT * FROM readings')).rejects.toMatchObject(error);
  });

  it('is out of reach of whoever asks', async () => {
    await using world = await startStore();
    await world.put(ago(9, 1));
    await retain(world, {archiveAfterDays: 7});
    const file = join(world.folder, 'archive', (await partsOf(world.folder))[0]!);
    for (const from of [
      `'${file}'`,
      `read_parquet('${file}')`,
      `"${file}"`,
      `'${dirname(file)}/*.parquet'`,
      `glob('${dirname(file)}/*')`,
    ]) {
      for (const devices of [undefined, ['lamp-1']]) {
        const request = {
          sql: `SELECT * FROM ${from}`,
          timeoutMs: 20_000,
          maxRows: 10,
          ...(devices && {devices}),
        };
        await expect(world.store.query('default', request)).rejects.toMatchObject({
          code: 'IOT_QUERY_REFUSED',
        });
      }
    }
    const limited = {
      sql: 'SELECT count(*) FROM readings',
      timeoutMs: 20_000,
      maxRows: 10,
      devices: ['lamp-2'],
    };
    expect((await world.store.query('default', limited)).rows).toEqual([[0]]);
  });
});
