/**
 * Statistics and episodes agree with the oracles wherever their readings lie: some days in the database, some in the
 * archive, some in both, and one in files of two sets of columns.
 */
import {join} from 'node:path';
import {DuckDBInstance} from '@duckdb/node-api';
import fc from 'fast-check';
import {expect, it} from 'vitest';
import type {EpisodeRule} from '../../src/domain/episode.js';
import {NO_RETENTION} from '../../src/domain/retention.js';
import {expectEpisodes} from '../support/limit-episodes.js';
import {eventOfSample, plainStats, requestOf, type Sample, type Stored} from '../support/plain-stats.js';
import {startStore} from '../support/start-store.js';

type World = Awaited<ReturnType<typeof startStore>>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FIRST_DAY = '2026-01-29';
const BEGIN = Date.parse(FIRST_DAY);
const DAYS = 6;
const NOW_MS = BEGIN + 6.5 * DAY_MS;

/**
 * Behind each wave, days that are older than so many are archived: the first two days twice, so that the first one lies in
 * two files and in the database; the next two once; the last two never.
 */
const WAVES = [
  {days: [0, 1, 2, 3, 4, 5], archiveAfterDays: 2},
  {days: [0, 1, 2, 4, 5], archiveAfterDays: 4},
  {days: [0, 2, 4, 5], archiveAfterDays: undefined},
] as const;
const isArchived = (wave: number, day: number): boolean =>
  day < DAYS - (WAVES[wave]!.archiveAfterDays ?? DAYS);

const values = fc.integer({min: -16, max: 80}).map(eighths => eighths / 8);

/** Of every wave something on each of its days, so that each day lies where it is to lie. */
const waves = fc
  .tuple(...WAVES.map(({days}, wave) => fc.array(sampleOf(days, wave), {maxLength: 40})))
  .map(all =>
    all.map((made, wave) => [
      ...made,
      ...WAVES[wave]!.days.map(day => ({
        device: 'a',
        component: '',
        timeMs: BEGIN + day * DAY_MS,
        value: wave,
      })),
    ]),
  );

/** Often at the same times, and at midnight. The first files are to be of a time that knew of no components. */
function sampleOf(days: readonly number[], wave: number): fc.Arbitrary<Sample> {
  return fc
    .record({
      device: fc.constantFrom('a', 'b', 'c'),
      component: fc.constantFrom('', 'left'),
      day: fc.constantFrom(...days),
      hour: fc.oneof(
        fc.integer({min: 0, max: 11}).map(two => two * 2),
        fc.constantFrom(0, 22, 23.999),
      ),
      value: values,
    })
    .map(({device, component, day, hour, value}) => ({
      device,
      component: wave === 0 && day === 0 ? '' : component,
      timeMs: BEGIN + day * DAY_MS + hour * HOUR_MS,
      value,
    }));
}

const question = fc.record({
  sinceMs: fc.constantFrom(-1, 0, 0.5, 1, 3.25).map(days => BEGIN + days * DAY_MS),
  lengthMs: fc.constantFrom(0.5, 1, 2.5, 8).map(days => days * DAY_MS),
  everyMs: fc.option(
    fc.constantFrom(6, 24, 168).map(hours => hours * HOUR_MS),
    {nil: undefined},
  ),
  by: fc.subarray(['device', 'component', 'site']),
  distinct: fc.boolean(),
  only: fc.option(fc.subarray(['a', 'b', 'nobody']), {nil: undefined}),
  component: fc.option(fc.constant('left'), {nil: undefined}),
});

const RULES: readonly EpisodeRule[] = [
  {condition: {kind: 'above', limit: 4, hysteresis: 0}, forMs: 0, maxGapMs: 4 * HOUR_MS},
  {condition: {kind: 'above', limit: 6, hysteresis: 2.5}, forMs: 2 * HOUR_MS, maxGapMs: DAY_MS},
  {condition: {kind: 'outside', low: 1, high: 8, hysteresis: 0}, forMs: 0, maxGapMs: 30 * HOUR_MS},
];

it('agree with the oracles whatever was told when, and archived', async () => {
  await fc.assert(
    fc.asyncProperty(waves, fc.array(question, {minLength: 3, maxLength: 6}), async (told, questions) => {
      await using world = await startStore();
      for (const [wave, samples] of told.entries()) {
        await world.put(...samples.map(made => eventOfSample('m', made)));
        await archive(world, WAVES[wave]!.archiveAfterDays);
        if (wave === 0) await forgetComponents(world);
      }
      await expectArchived(world, told);
      const stored = told.flat().map((made, order) => ({...made, order}));
      for (const asked of questions) {
        const {rows} = await world.stats(requestOf('m', asked));
        expect(rows).toEqual(plainStats('m', stored, asked));
      }
      await expectSameEpisodes(world, stored);
    }),
    {numRuns: 5},
  );
}, 60_000);

async function archive(world: World, archiveAfterDays: number | undefined): Promise<void> {
  if (archiveAfterDays === undefined) return;
  const kept = {...NO_RETENTION, archiveAfterDays};
  await world.store.retain('default', {policy: {raw: kept, typed: kept}, nowMs: NOW_MS});
}

/** Lets the first day's file of readings be as one from before there was the column `component`. */
async function forgetComponents(world: World): Promise<void> {
  await world.store.close();
  const instance = await DuckDBInstance.create(join(world.folder, 'default.duckdb'));
  const connection = await instance.connect();
  const ofDay = `table_name = 'readings' AND day = DATE '${FIRST_DAY}'`;
  const reader = await connection.runAndReadAll(`SELECT file FROM internal.partitions WHERE ${ofDay}`);
  const [[file]] = reader.getRows() as [[string]];
  const path = join(world.folder, 'archive/tenant=default', file);
  await connection.run(`CREATE TEMP TABLE kept AS SELECT * EXCLUDE (component) FROM '${path}'`);
  await connection.run(`COPY kept TO '${path}' (FORMAT parquet)`);
  await connection.run(
    `UPDATE internal.partitions SET columns = '["time","device","metric","value","offset"]' WHERE ${ofDay}`,
  );
  connection.closeSync();
  instance.closeSync();
  await world.restart();
}

/** Twice, as there are events and readings. */
async function expectArchived(world: World, told: readonly (readonly Sample[])[]): Promise<void> {
  const {archive: archived} = await world.store.status();
  const inFiles = told.flatMap((samples, wave) =>
    samples.filter(({timeMs}) => isArchived(wave, Math.floor((timeMs - BEGIN) / DAY_MS))),
  );
  expect(archived).toMatchObject({partitions: (4 + 2) * 2, rows: inFiles.length * 2});
}

async function expectSameEpisodes(world: World, stored: readonly Stored[]): Promise<void> {
  const asked = {
    metrics: ['m'],
    sinceMs: BEGIN,
    untilMs: BEGIN + DAYS * DAY_MS,
    onlyDevices: false,
    labelCount: 0,
    timeoutMs: 20_000,
    consistent: true,
  };
  for (const rule of RULES) await expectEpisodes(world.store, {...asked, ...rule}, stored);
  // A condition is asked at one reading after the other, and has to come to the same.
  const [{forMs, maxGapMs}] = RULES as [EpisodeRule];
  const {found: rows} = await world.store.episodes('default', {...asked, ...RULES[0]!});
  const {found: byCondition} = await world.store.episodes('default', {
    ...asked,
    forMs,
    maxGapMs,
    when: 'value > 4',
  });
  expect(byCondition).toEqual(rows);
}
