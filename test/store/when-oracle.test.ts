/** Episodes of conditions on several metrics agree with an oracle that knows, at each reading, what had been told. */
import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {Episode} from '../../src/domain/episode.js';
import type {WhenRequest} from '../../src/store/episodes/when-request.js';
import {plainEpisodes} from '../support/plain-episodes.js';
import {eventOf, startStore} from '../support/start-store.js';

const MINUTE = 60_000;
const BEGIN = Date.UTC(2026, 0, 31, 12);

interface Message {
  readonly device: string;
  readonly component: string;
  readonly timeMs: number;
  readonly t?: number | undefined;
  readonly h?: number | undefined;
}

interface Known {
  readonly device: string;
  readonly component: string;
  readonly t: number;
  readonly h: number | undefined;
}

const SITES = {a: 'oslo', b: 'rome'} as const;
const less = (h: number | undefined): boolean | undefined => (h === undefined ? undefined : h < 5);
const both = (a: boolean | undefined, b: boolean | undefined): boolean | undefined =>
  a === false || b === false ? false : a === undefined || b === undefined ? undefined : true;
const not = (a: boolean | undefined): boolean | undefined => (a === undefined ? undefined : !a);

/** Expressions beside what they mean, in the logic of three values that CEL has. */
const CONDITIONS: readonly (readonly [string, (known: Known) => boolean | undefined])[] = [
  ['value > 4', ({t}) => t > 4],
  ['h < 5', ({h}) => less(h)],
  ['t > 4 && h < 5', ({t, h}) => both(t > 4, less(h))],
  ['t > 7 || h < 5', ({t, h}) => not(both(t <= 7, not(less(h))))],
  ['!(h < 5) && device == "a"', ({h, device}) => both(not(less(h)), device === 'a')],
  ['has(data.h) && component == "left"', ({h, component}) => h !== undefined && component === 'left'],
  [
    'labels.site == "oslo" && t + h > 9',
    ({device, t, h}) => both(device === 'a', h === undefined ? undefined : t + h > 9),
  ],
];

const value = fc.integer({min: 0, max: 10});

/** Some tell both metrics, some one; in any order, some at the same time. */
const messages = fc
  .array(
    fc.record({
      device: fc.constantFrom('a', 'a', 'b'),
      component: fc.constantFrom('', '', '', '', 'left'),
      stepMs: fc.constantFrom(0, 0, MINUTE, 5 * MINUTE, 5 * MINUTE + 1),
      t: fc.option(value, {nil: undefined}),
      h: fc.option(value, {nil: undefined}),
      rank: fc.nat(),
    }),
    {maxLength: 60, size: 'max'},
  )
  .map(steps => {
    let timeMs = BEGIN - 40 * MINUTE;
    const made = steps.map(({stepMs, ...message}) => {
      timeMs += stepMs;
      return {...message, timeMs};
    });
    return made.sort((x, y) => x.rank - y.rank);
  });

const rule = fc.record({
  condition: fc.constantFrom(...CONDITIONS),
  forMs: fc.constantFrom(0, MINUTE, 10 * MINUTE),
  maxGapMs: fc.constantFrom(0, MINUTE, 5 * MINUTE),
});

let world: Awaited<ReturnType<typeof startStore>>;
beforeAll(async () => {
  world = await startStore();
});
afterAll(async () => await world[Symbol.asyncDispose]());

const asked = (metric: string, more: Pick<WhenRequest, 'when'> & Partial<WhenRequest>): WhenRequest => ({
  metrics: [metric],
  sinceMs: BEGIN,
  untilMs: BEGIN + 200 * MINUTE,
  onlyDevices: false,
  labelCount: 0,
  forMs: 0,
  maxGapMs: 15 * MINUTE,
  timeoutMs: 20_000,
  consistent: true,
  ...more,
});

describe('episodes of a condition', () => {
  it('agree with the oracle, on messages that are late, out of order and at one time', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(messages, fc.array(rule, {minLength: 1, maxLength: 4}), async (told, rules) => {
        const [t, h] = [`t${run}`, `h${run++}`];
        // So that no metric is unknown.
        await world.put(
          ...told.map(message => eventOf({ts: message.timeMs, v: {[t]: message.t, [h]: message.h}}, message)),
          eventOf({ts: 0, v: {[t]: 1, [h]: 1}}, {timeMs: 0, device: 'other'}),
        );
        for (const {
          condition: [text, means],
          ...times
        } of rules) {
          const when = text.replace(/\bt\b/g, t).replace(/\bh\b/g, h);
          const devices = Object.entries(SITES).map(([device, site]) => ({device, labels: [site]}));
          const labels = when.includes('labels') ? {devices, labelCount: 1} : {};
          const request = asked(t, {when, ...times, ...labels});
          const {found: rows} = await world.store.episodes('default', request);
          for (const device of ['a', 'b'])
            for (const component of ['', 'left']) {
              const own = told.filter(made => made.device === device && made.component === component);
              const found = rows.filter(row => row.device === device && (row.component ?? '') === component);
              const names = {metric: t, device, component: component || null};
              expect(found).toEqual(oracle(own, request, means).map(episode => ({...names, ...episode})));
            }
        }
      }),
      {numRuns: 30},
    );
  });

  it('know of another metric what was told for a time up to it, and at most a gap before', async () => {
    const put = (minute: number, values: Record<string, number>) =>
      eventOf({ts: BEGIN + minute * MINUTE, v: values}, {timeMs: BEGIN + minute * MINUTE});
    await world.put(
      put(-10, {moist: 1}),
      ...[4, 5, 6, 20, 30, 31].map(minute => put(minute, {warm: minute})),
      // Of the same time, though it came later; and of a later time.
      put(20, {moist: 2}),
      put(32, {moist: 9}),
    );
    const {found: rows} = await world.store.episodes(
      'default',
      asked('warm', {when: 'warm > 1 && moist < 5'}),
    );
    const {found: shorter} = await world.store.episodes(
      'default',
      asked('warm', {when: 'warm > 1 && moist < 5', maxGapMs: 10 * MINUTE}),
    );
    const shown = (found: typeof rows) =>
      found.map(({startMs, endMs, samples}) => [
        (startMs - BEGIN) / MINUTE,
        (endMs - BEGIN) / MINUTE,
        samples,
      ]);
    expect(shown(rows)).toEqual([[4, 31, 5]]);
    expect(shown(shorter)).toEqual([[20, 30, 2]]);
  });

  it('come in the order of their begins, of the devices that were chosen', async () => {
    const put = (device: string, minute: number, power: number) =>
      eventOf({ts: BEGIN + minute * MINUTE, v: {power, valve: 1}}, {device, timeMs: BEGIN + minute * MINUTE});
    await world.put(put('z', 1, 9), put('y', 2, 9), put('x', 2, 9), put('x', 3, 1), put('x', 4, 9));
    const devices = ['x', 'z'].map(device => ({device, labels: []}));
    const request = asked('power', {when: 'power > 5 && valve == 1', devices, onlyDevices: true});
    const {found: rows} = await world.store.episodes('default', request);
    expect(rows.map(({device, startMs}) => [device, (startMs - BEGIN) / MINUTE])).toEqual([
      ['z', 1],
      ['x', 2],
      ['x', 4],
    ]);
  });

  it('do not take a metric that nobody told for one that was never so', async () => {
    await world.put(eventOf({temperature: 1, humidity: 2}));
    const ask = (when: string, more = {}) =>
      world.store.episodes('default', asked('temperature', {when, ...more}));
    await expect(ask('temperature > 1 && humidty < 3')).rejects.toMatchObject({
      code: 'IOT_METRIC_UNKNOWN',
      message: 'no reading has the metric "humidty": did you mean humidity?',
    });
    const above = {condition: {kind: 'above', limit: 3, hysteresis: 0}} as const;
    const {when: _, ...plain} = asked('temprature', {when: ''});
    await expect(world.store.episodes('default', {...plain, ...above})).rejects.toMatchObject({
      code: 'IOT_METRIC_UNKNOWN',
      message: 'no reading has the metric "temprature": did you mean temperature?',
    });
    // There, but not in the range.
    const silent = await ask('humidity < 3', {sinceMs: 0, untilMs: 1});
    expect(silent.found).toEqual([]);
    await expect(ask('humidity <')).rejects.toMatchObject({code: 'IOT_EXPRESSION_INVALID'});
  });
});

/** What is known of `h` at a reading of `t`: the last that was told for a time up to it, if that is near enough. */
function oracle(
  told: readonly Message[],
  {sinceMs, untilMs, forMs, maxGapMs}: WhenRequest,
  means: (known: Known) => boolean | undefined,
): Episode[] {
  const byTime = told
    .map((made, order) => ({...made, order}))
    .sort((x, y) => x.timeMs - y.timeMs || x.order - y.order);
  const humid = byTime.filter(made => made.h !== undefined);
  const judged = byTime.flatMap(({timeMs, t, device, component}) => {
    if (t === undefined || timeMs < sinceMs || timeMs >= untilMs) return [];
    const newest = humid.filter(made => made.timeMs <= timeMs).at(-1);
    const h = newest && timeMs - newest.timeMs <= maxGapMs ? newest.h : undefined;
    const holds = means({device, component, t, h});
    return holds === undefined ? [] : [{timeMs, value: t, holds, distance: t}];
  });
  return plainEpisodes(judged, {sinceMs, untilMs, forMs, maxGapMs});
}
