/** Episodes in SQL, in readings in memory, by the machine that live rules use, and by an oracle that is written plainly: all the same. */
import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {EpisodeCondition} from '../../src/domain/episode.js';
import type {NewEvent} from '../../src/domain/event.js';
import type {EpisodesRequest} from '../../src/store/episodes/episodes-sql.js';
import {untilInMemory} from '../support/in-memory.js';
import {expectEpisodes} from '../support/limit-episodes.js';
import {realSeries} from '../support/real-series.js';
import {eventOf, startStore} from '../support/start-store.js';

const MINUTE = 60_000;
const BEGIN = Date.UTC(2026, 0, 31, 12);

/** A walk along a limit with holes in it, whose readings come in any order, and some twice. */
const walk = fc
  .array(
    fc.record({
      series: fc.constantFrom(['a', ''], ['b', ''], ['b', 'left']),
      stepMs: fc.oneof(
        fc.constantFrom(0, MINUTE, 15 * MINUTE, 15 * MINUTE + 1),
        fc.integer({min: 0, max: 20 * MINUTE}),
      ),
      value: fc.integer({min: 0, max: 10}),
      rank: fc.nat(),
    }),
    {maxLength: 60, size: 'max'},
  )
  .map(steps => {
    let timeMs = BEGIN - 30 * MINUTE;
    const made = steps.map(({series: [device, component], stepMs, value, rank}) => {
      timeMs += stepMs;
      return {device: device!, component: component!, timeMs, value, rank};
    });
    return made.sort((x, y) => x.rank - y.rank);
  });

const hysteresis = fc.constantFrom(0, 0, 1, 2.5);
const condition: fc.Arbitrary<EpisodeCondition> = fc.oneof(
  fc.record({
    kind: fc.constant('outside' as const),
    low: fc.constantFrom(2, 3),
    high: fc.constantFrom(6, 8),
    hysteresis,
  }),
  fc.record({
    kind: fc.constantFrom('above' as const, 'below' as const),
    limit: fc.constantFrom(4, 5.5),
    hysteresis,
  }),
);

const rule = fc.record({
  condition,
  forMs: fc.constantFrom(0, MINUTE, 20 * MINUTE),
  maxGapMs: fc.constantFrom(0, MINUTE, 15 * MINUTE),
});

let world: Awaited<ReturnType<typeof startStore>>;
/** Answers from its table alone. */
let table: typeof world;
beforeAll(async () => {
  world = await startStore();
  table = await startStore({residentReadings: 0});
  await put(eventOf({ts: 0, v: {real: 1}}, {device: 'other', timeMs: 0}));
  await untilInMemory(world.store, 'real', 1);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await table[Symbol.asyncDispose]();
});

async function put(...events: readonly NewEvent[]): Promise<void> {
  await world.put(...events);
  await table.put(...events);
}

const asked = (
  metric: string,
  more: Partial<EpisodesRequest> & Pick<EpisodesRequest, 'condition'>,
): EpisodesRequest => ({
  metrics: [metric],
  sinceMs: BEGIN,
  untilMs: BEGIN + 300 * MINUTE,
  onlyDevices: false,
  labelCount: 0,
  forMs: 0,
  maxGapMs: 15 * MINUTE,
  timeoutMs: 20_000,
  consistent: true,
  ...more,
});

describe('episodes in SQL, in memory, of the machine and of the oracle agree', () => {
  it('on readings with gaps, twice, late and out of order', async () => {
    let run = 0;
    let fromMemory = 0;
    await fc.assert(
      fc.asyncProperty(walk, fc.array(rule, {minLength: 1, maxLength: 4}), async (samples, rules) => {
        const metric = `m${run++}`;
        // The first one is so that no metric is unknown.
        await put(
          eventOf({ts: 0, v: {[metric]: 1}}, {device: 'other', timeMs: 0}),
          ...samples.map(({device, component, timeMs, value}) =>
            eventOf({ts: timeMs, v: {[metric]: value}}, {device, component, timeMs}),
          ),
        );
        const stored = samples.map((made, order) => ({...made, order}));
        for (const each of rules) {
          await expectEpisodes(table.store, asked(metric, each), stored);
          const {from} = await expectEpisodes(world.store, asked(metric, each), stored);
          if (from === 'memory') fromMemory++;
        }
      }),
      {numRuns: 20},
    );
    expect(fromMemory).toBeGreaterThan(10);
  });

  it('on the temperatures of a machine that fails', async () => {
    const readings = realSeries('machine').map(reading => ({
      device: 'machine',
      component: '',
      ...reading,
      order: 0,
    }));
    await put(
      eventOf(
        readings.map(({timeMs, value}) => ({ts: timeMs, v: {real: value}})),
        {device: 'machine', timeMs: readings[0]!.timeMs},
      ),
    );
    const year = {sinceMs: Date.UTC(2013, 6), untilMs: Date.UTC(2014, 6), forMs: 10 * MINUTE};
    for (const more of [
      {condition: {kind: 'outside', low: 60, high: 100, hysteresis: 0}},
      {condition: {kind: 'above', limit: 95, hysteresis: 5}},
      {condition: {kind: 'below', limit: 50, hysteresis: 0}, maxGapMs: 4 * MINUTE},
    ] as const) {
      await expectEpisodes(table.store, asked('real', {...year, ...more}), readings);
      const {count} = await expectEpisodes(world.store, asked('real', {...year, ...more}), readings);
      if (more.condition.kind !== 'below') expect(count).toBeGreaterThan(10);
    }
  });
});
