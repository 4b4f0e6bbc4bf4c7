/** Readings in memory: what is asked of them has the same answer as the table, whatever happens to that meanwhile. */
import {describe, expect, it, vi} from 'vitest';
import type {NewEvent} from '../../src/domain/event.js';
import {NO_RETENTION} from '../../src/domain/retention.js';
import type {EpisodesRequest} from '../../src/store/episodes/episodes-sql.js';
import type {StatsRequest} from '../../src/store/stats/stats-request.js';
import {anyQuestion, untilInMemory} from '../support/in-memory.js';
import {eventOf, startStore} from '../support/start-store.js';

type World = Awaited<ReturnType<typeof startStore>>;

const MINUTE_MS = 60_000;
const BEGIN = Date.UTC(2026, 0, 31, 11, 58);
const DEVICES = 40;

/** Repeatable noise between 0 and 1. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const MESSAGES = 3200;

/**
 * Of forty devices with two components each: ten readings a message, a minute apart. Some come hours late, and some were told twice.
 * Their sums differ with the order in which they are added.
 */
const messages: readonly NewEvent[] = (() => {
  const next = noise(1);
  return Array.from({length: MESSAGES}, (_, message) => {
    const lateMs = next() < 0.05 ? 300 * MINUTE_MS - 30_000 : 0;
    const firstMs =
      BEGIN + Math.floor(message / (2 * DEVICES)) * 10 * MINUTE_MS + (message % DEVICES) - lateMs;
    const readings = Array.from({length: 10}, (_reading, place) => ({
      ts: firstMs + place * MINUTE_MS,
      v: {t: next() * 10, other: 1},
    }));
    if (next() < 0.05) readings[1] = readings[0]!;
    const component = message % (2 * DEVICES) < DEVICES ? '' : 'left';
    return eventOf(readings, {device: `d${message % DEVICES}`, component, timeMs: firstMs});
  });
})();

/** How many readings these are. */
const readingsIn = (some: number): number => some * 20;

const UNTIL = BEGIN + (MESSAGES / (2 * DEVICES)) * 10 * MINUTE_MS;
const all: StatsRequest = {
  ...anyQuestion('t'),
  sinceMs: BEGIN - 500 * MINUTE_MS,
  untilMs: UNTIL,
  aggregates: ['avg', 'sum', 'count', 'min', 'max'],
};
const sites = {
  devices: Array.from({length: DEVICES}, (_, index) => ({
    device: `d${index}`,
    labels: [['ålesund', 'bergen', null][index % 3]!],
  })),
  labelCount: 1,
};

const QUESTIONS: readonly Partial<StatsRequest>[] = [
  {},
  {sinceMs: UNTIL - 5 * MINUTE_MS, aggregates: ['avg', 'count']},
  {by: ['device']},
  {by: ['component', 'device'], aggregates: ['max', 'avg']},
  {by: ['component'], everyMs: 7 * MINUTE_MS},
  {by: ['device'], everyMs: 60 * MINUTE_MS, aggregates: ['sum']},
  {by: ['site'], ...sites},
  {by: ['site', 'component'], ...sites, everyMs: 24 * 60 * MINUTE_MS},
  {component: 'left', everyMs: MINUTE_MS},
  {devices: [{device: 'd7', labels: []}], onlyDevices: true, everyMs: MINUTE_MS},
  {
    devices: [
      {device: 'd7', labels: []},
      {device: 'nobody', labels: []},
    ],
    onlyDevices: true,
    component: 'left',
  },
  {metrics: ['t', 'other'], by: ['device'], sinceMs: BEGIN + 31 * MINUTE_MS, untilMs: BEGIN + 97 * MINUTE_MS},
];

const episodes: EpisodesRequest = {
  ...all,
  condition: {kind: 'above', limit: 9, hysteresis: 0},
  forMs: MINUTE_MS,
  maxGapMs: 5 * MINUTE_MS,
};
const RULES: readonly Partial<EpisodesRequest>[] = [
  {},
  {condition: {kind: 'outside', low: 1, high: 8, hysteresis: 0.5}, forMs: 2 * MINUTE_MS},
  {condition: {kind: 'below', limit: 4, hysteresis: 1}, sinceMs: BEGIN + 33 * MINUTE_MS},
  {
    condition: {kind: 'below', limit: 4, hysteresis: 0},
    metrics: ['t', 'other'],
    untilMs: BEGIN + 97 * MINUTE_MS,
  },
];

const fromTable = {from: 'table'};
const fromMemory = {from: 'memory'};

/** A store that answers from its table alone, with the same readings. */
const startTable = () => startStore({residentReadings: 0});

async function expectSameAnswers(world: World, table: World, from = fromMemory): Promise<void> {
  for (const question of QUESTIONS) {
    const expected = await table.stats({...all, ...question});
    expect(expected).toMatchObject(fromTable);
    const answer = await world.stats({...all, ...question});
    expect(answer).toMatchObject(from);
    expect(answer.rows.length).toBeGreaterThan(0);
    expect(answer.rows).toEqual(expected.rows);
  }
  for (const rule of RULES) {
    const expected = await table.store.episodes('default', {...episodes, ...rule});
    const answer = await world.store.episodes('default', {...episodes, ...rule});
    expect(answer).toMatchObject(from);
    expect(answer.found.length).toBeGreaterThan(0);
    expect(answer.found).toEqual(expected.found);
  }
}

describe('readings in memory', () => {
  it('have the answers of the table, digit for digit, late and repeated ones too', async () => {
    await using world = await startStore();
    await using table = await startTable();
    await world.put(...messages);
    await table.put(...messages);
    await untilInMemory(world.store, 't', readingsIn(MESSAGES));
    await expectSameAnswers(world, table);
  });

  it('are joined by what is stored while they are read, and afterwards', async () => {
    await using world = await startStore();
    await using table = await startTable();
    await table.put(...messages);
    await world.put(...messages.slice(0, 1600));
    await world.store.stats('default', anyQuestion('t'));
    for (let from = 1600; from < MESSAGES; from += 200) await world.put(...messages.slice(from, from + 200));
    await untilInMemory(world.store, 't', readingsIn(MESSAGES));
    await expectSameAnswers(world, table);
  });

  it('leave to the table what they do not know', async () => {
    await using world = await startStore();
    await world.put(
      eventOf({ts: BEGIN, v: {t: 1}}, {timeMs: BEGIN}),
      eventOf({ts: BEGIN, v: {t: 9.5}}, {timeMs: BEGIN}),
    );
    await untilInMemory(world.store, 't', 2);
    expect(await world.stats(all)).toMatchObject({...fromMemory, rows: [{values: {sum: 10.5}}]});
    // Which of the two came last is in the table.
    expect(await world.stats({...all, aggregates: ['last']})).toMatchObject({
      ...fromTable,
      rows: [{values: {last: 9.5}}],
    });
    expect(await world.store.episodes('default', {...episodes, forMs: 0})).toMatchObject({
      ...fromTable,
      found: [{peak: 9.5}],
    });
    for (const more of [
      {aggregates: ['p95']},
      {distinct: true},
      {everyMs: 24 * 60 * MINUTE_MS, timezone: 'Europe/Oslo'},
    ])
      expect(await world.stats({...all, ...more})).toMatchObject(fromTable);
  });

  it('have the names that the table has, whatever was sent', async () => {
    await using world = await startStore();
    const halves = ['8', '9'].map(digit =>
      eventOf(`{"ts":${BEGIN},"v":{"t\\ud${digit}00":1}}`, {timeMs: BEGIN}),
    );
    await world.put(halves[0]!);
    await untilInMemory(world.store, 't\ufffd', 1);
    await world.put(halves[1]!);
    const whole = {...all, metrics: ['t\ufffd'], aggregates: ['count']};
    expect(await world.stats(whole)).toMatchObject({...fromMemory, rows: [{values: {count: 2}}]});
  });

  it('are put in the order of their times where they came in another', async () => {
    await using world = await startStore();
    await using table = await startTable();
    for (const one of [world, table])
      await one.put(...messages.filter((_, index) => index % 40 < 8).toReversed());
    await untilInMemory(world.store, 't', readingsIn(MESSAGES / 5));
    for (const rule of RULES) {
      const answer = await world.store.episodes('default', {...episodes, ...rule});
      expect(answer).toMatchObject(fromMemory);
      expect(answer.found).toEqual((await table.store.episodes('default', {...episodes, ...rule})).found);
    }
  });

  it('are as few as there is room for, the newest, and the table has the others', async () => {
    await using world = await startStore({residentReadings: 30_000});
    await using table = await startTable();
    await table.put(...messages);
    await world.put(...messages.slice(0, 2800));
    const newest = {...all, sinceMs: UNTIL - 60 * MINUTE_MS};
    await world.store.stats('default', newest);
    for (const from of [2800, 3000]) {
      await world.put(...messages.slice(from, from + 200));
      await vi.waitFor(async () => expect(await world.stats(newest)).toMatchObject(fromMemory), {
        timeout: 20_000,
      });
      expect((await world.store.status()).readingsInMemory).toBeLessThanOrEqual(30_000);
    }
    for (const more of [{}, {by: ['device']}, {everyMs: MINUTE_MS}])
      expect((await world.stats({...newest, ...more})).rows).toEqual(
        (await table.stats({...newest, ...more})).rows,
      );
    const whole = await world.stats(all);
    expect(whole).toMatchObject(fromTable);
    expect(whole.rows).toEqual((await table.stats(all)).rows);
  });

  it('go with a device that is erased, and with days that leave the table', async () => {
    await using world = await startStore();
    await world.put(...messages.slice(0, 400));
    await untilInMemory(world.store, 't', readingsIn(400));
    await world.store.eraseDevice('default', 'd7');
    expect((await world.stats({...all, ...QUESTIONS[9]})).rows).toEqual([]);
    const [before] = (await world.stats(all)).rows;
    await untilInMemory(world.store, 't', readingsIn(400 - 10));
    const kept = {...NO_RETENTION, archiveAfterDays: 1};
    await world.store.retain('default', {
      policy: {raw: kept, typed: kept},
      nowMs: BEGIN + 40 * 24 * 60 * MINUTE_MS,
    });
    expect(await world.stats(all)).toMatchObject({
      ...fromTable,
      rows: [{values: {count: before!.values.count!}}],
    });
  });

  it('are joined by parts of uploads that are in the store alone', async () => {
    await using world = await startStore();
    await using table = await startTable();
    for (const one of [world, table]) {
      await one.put(...messages.slice(0, 400));
      if (one === world) await untilInMemory(one.store, 't', readingsIn(400));
      for (const [part, from] of [400, 1000].entries())
        await one.store.storePart('default', {upload: 'u', part, events: messages.slice(from, from + 600)});
      await one.put(...messages.slice(1600));
    }
    await untilInMemory(world.store, 't', readingsIn(MESSAGES));
    await expectSameAnswers(world, table);
  });

  it('are of each tenant what is left of the room', async () => {
    await using world = await startStore({residentReadings: 15_900});
    await world.put(
      ...messages.slice(0, 400),
      ...messages.slice(0, 400).map(message => ({...message, tenant: 'acme'})),
    );
    await untilInMemory(world.store, 't', readingsIn(400));
    await vi.waitFor(
      async () => {
        await world.store.stats('acme', anyQuestion('t'));
        expect((await world.store.status()).readingsInMemory).toBeGreaterThan(readingsIn(400));
      },
      {timeout: 20_000},
    );
    expect((await world.store.status()).readingsInMemory).toBeLessThanOrEqual(15_900);
    expect(await world.stats(all)).toMatchObject(fromMemory);
    expect(await world.store.stats('acme', all)).toMatchObject(fromTable);
  });
});
