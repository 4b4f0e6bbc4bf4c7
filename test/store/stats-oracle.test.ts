/**
 * Statistics against an oracle that is written plainly and shares no code with them: readings with gaps, twice, late and
 * out of order, and those of a real data set.
 */
import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, it, vi} from 'vitest';
import {
  eventOfSample,
  type PlainRow,
  plainStats,
  type Question,
  requestOf,
  type Sample,
} from '../support/plain-stats.js';
import {realSeries} from '../support/real-series.js';
import {eventOf, startStore} from '../support/start-store.js';

const SECOND = 1000;
const DAY_MS = 86_400_000;
/** Readings of one message. */
const PIECE = 500;
const BEGIN = Date.UTC(2026, 0, 31, 11, 58);

/** Values are eighths: their sums are exact in any order. Few times and devices, so that they meet often. */
const sample = fc.record({
  device: fc.constantFrom('a', 'b', 'c'),
  component: fc.constantFrom('', 'left'),
  timeMs: fc.oneof(
    fc.integer({min: 0, max: 40}).map(count => BEGIN + count * 16 * SECOND),
    fc.integer({min: 0, max: 640_000}).map(ms => BEGIN + ms),
  ),
  value: fc.integer({min: -80, max: 800}).map(eighths => eighths / 8),
});

const question = fc.record({
  sinceMs: fc.integer({min: -30, max: 300}).map(seconds => BEGIN + seconds * SECOND),
  lengthMs: fc.integer({min: 1, max: 700_000}),
  everyMs: fc.option(
    fc.constantFrom(7, 30, 60, 300, 7200).map(seconds => seconds * SECOND),
    {nil: undefined},
  ),
  by: fc.subarray(['device', 'component', 'site']),
  distinct: fc.boolean(),
  only: fc.option(fc.subarray(['a', 'b', 'c', 'nobody']), {nil: undefined}),
  component: fc.option(fc.constant('left'), {nil: undefined}),
});

let world: Awaited<ReturnType<typeof startStore>>;
beforeAll(async () => {
  world = await startStore();
});
afterAll(async () => await world[Symbol.asyncDispose]());

describe('statistics agree with the oracle', () => {
  it('on samples with gaps, twice, late and out of order', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(sample, {maxLength: 60, size: 'max'}),
        fc.array(question, {minLength: 1, maxLength: 4}),
        async (samples, questions) => {
          const metric = `m${run++}`;
          const longAgo = {component: '', timeMs: 0, value: 1};
          // So that no metric is unknown.
          await world.put(
            ...['a', 'b', 'c'].map(device => eventOfSample(metric, {device, ...longAgo})),
            ...samples.map(made => eventOfSample(metric, made)),
          );
          const stored = samples.map((made, order) => ({...made, order}));
          for (const asked of questions) {
            const {rows} = await world.stats(requestOf(metric, asked));
            const expected = plainStats(metric, stored, asked);
            expect(rows).toEqual(expected);
            if (!asked.distinct) await expectFromMemory(metric, asked, expected);
          }
        },
      ),
      {numRuns: 20},
    );
  });

  it('on real temperatures that came in pieces, the last ones first', async () => {
    const pieces = (['machine', 'ambient'] as const).flatMap(device => piecesOf(device, realSeries(device)));
    pieces.reverse();
    await world.put(
      ...pieces.map(piece =>
        eventOf(
          piece.map(({timeMs, value}) => ({ts: timeMs, v: {real: value}})),
          {device: piece[0]!.device, timeMs: piece[0]!.timeMs},
        ),
      ),
    );
    const stored = pieces.flatMap((piece, order) => piece.map(made => ({...made, order})));
    const year = {sinceMs: Date.UTC(2013, 6), lengthMs: 365 * DAY_MS, only: undefined, component: undefined};
    for (const asked of [
      {...year, everyMs: undefined, by: ['device'], distinct: false},
      {...year, everyMs: 28 * DAY_MS, by: [], distinct: false},
    ]) {
      const {rows} = await world.stats(requestOf('real', asked));
      expect(rows).toEqual(plainStats('real', stored, asked));
    }
  });
});

/** The same of the readings in memory, which the first question had read. */
async function expectFromMemory(
  metric: string,
  asked: Question,
  expected: readonly PlainRow[],
): Promise<void> {
  const aggregates = ['avg', 'min', 'max', 'sum', 'count'];
  const answer = await vi.waitFor(
    async () => {
      const found = await world.stats({...requestOf(metric, asked), aggregates});
      expect(found.from).toBe('memory');
      return found;
    },
    {timeout: 20_000},
  );
  const some = expected.map(({values, ...row}) => ({
    ...row,
    values: Object.fromEntries(Object.entries(values).filter(([name]) => aggregates.includes(name))),
  }));
  expect(answer.rows).toEqual(some);
  const ends = await world.stats({...requestOf(metric, asked), aggregates: ['first', 'last']});
  expect(ends.rows).toMatchObject(
    expected.map(({values}) => ({values: {first: values.first, last: values.last}})),
  );
}

/** As a device sends what it has kept while it was offline. */
function piecesOf(device: string, readings: readonly {timeMs: number; value: number}[]): Sample[][] {
  const pieces: Sample[][] = [];
  for (let from = 0; from < readings.length; from += PIECE)
    pieces.push(readings.slice(from, from + PIECE).map(reading => ({device, component: '', ...reading})));
  return pieces;
}
