import {describe, expect, it} from 'vitest';
import type {StatsRequest} from '../../src/store/stats/stats-request.js';
import {eventOf, startStore} from '../support/start-store.js';

const NOON = Date.UTC(2026, 0, 31, 12);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const asked = (more: Partial<StatsRequest> = {}): StatsRequest => ({
  metrics: ['temperature'],
  sinceMs: NOON,
  untilMs: NOON + 60 * MINUTE,
  onlyDevices: false,
  labelCount: 0,
  aggregates: ['avg', 'count'],
  by: [],
  timeoutMs: 20_000,
  consistent: false,
  ...more,
});

/** Telemetry of `lamp-1` at so many minutes after noon. */
const at = (minute: number, values: Record<string, unknown>, more = {}) =>
  eventOf({ts: NOON + minute * MINUTE, v: values}, {timeMs: NOON + minute * MINUTE, ...more});

describe('statistics', () => {
  it('are of the readings’ own time, from the begin on and before the end', async () => {
    await using world = await startStore();
    await world.put(...[-1, 0, 30, 59, 60].map(minute => at(minute, {temperature: minute})));
    const {rows} = await world.stats(asked());
    expect(rows).toEqual([{metric: 'temperature', values: {avg: (0 + 30 + 59) / 3, count: 3}}]);
  });

  it('have a row for each bucket, empty ones too', async () => {
    await using world = await startStore();
    await world.put(at(5, {temperature: 1}), at(45, {temperature: 3}), at(46, {temperature: 4}));
    const {rows} = await world.stats(asked({everyMs: 20 * MINUTE}));
    expect(rows).toEqual([
      {time: '2026-01-31T12:00:00.000Z', metric: 'temperature', values: {avg: 1, count: 1}},
      {time: '2026-01-31T12:20:00.000Z', metric: 'temperature', values: {avg: null, count: 0}},
      {time: '2026-01-31T12:40:00.000Z', metric: 'temperature', values: {avg: 3.5, count: 2}},
    ]);
  });

  it('are grouped by device, component and label', async () => {
    await using world = await startStore();
    await world.put(
      at(1, {temperature: 1}),
      at(2, {temperature: 2}, {device: 'lamp-2'}),
      at(3, {temperature: 3}, {device: 'lamp-2', component: 'left'}),
    );
    const devices = [
      {device: 'lamp-1', labels: ['oslo']},
      {device: 'lamp-3', labels: ['oslo']},
    ];
    const by = ['site', 'device', 'component'];
    const {rows} = await world.stats(asked({by, devices, labelCount: 1, aggregates: ['last']}));
    const temperature = {metric: 'temperature'};
    expect(rows).toEqual([
      {...temperature, device: 'lamp-2', component: null, labels: {site: null}, values: {last: 2}},
      {...temperature, device: 'lamp-2', component: 'left', labels: {site: null}, values: {last: 3}},
      {...temperature, device: 'lamp-1', component: null, labels: {site: 'oslo'}, values: {last: 1}},
    ]);
    const only = await world.stats(asked({devices, labelCount: 1, onlyDevices: true}));
    expect(only.rows).toEqual([{metric: 'temperature', values: {avg: 1, count: 1}}]);
    const nobody = await world.stats(asked({devices: [], onlyDevices: true}));
    expect(nobody.rows).toEqual([]);
  });

  it('count what came twice twice, or once where that is asked for', async () => {
    await using world = await startStore();
    await world.put(
      at(1, {temperature: 1}),
      at(1, {temperature: 1}),
      at(1, {temperature: 4}),
      at(2, {temperature: 8}),
    );
    const {rows} = await world.stats(asked());
    expect(rows[0]!.values).toEqual({avg: 3.5, count: 4});
    const distinct = await world.stats(asked({distinct: true}));
    expect(distinct.rows[0]!.values).toEqual({avg: 6, count: 2});
  });

  it('begin days at midnight of a time zone, also where a day has 25 hours', async () => {
    await using world = await startStore();
    const change = Date.UTC(2026, 9, 25);
    await world.put(
      ...[-2.5, -1.5, 22.5, 23.5].map(hour =>
        at(
          0,
          {temperature: hour},
          {timeMs: undefined, recordedMs: change, payload: payloadAt(change + hour * 60 * MINUTE)},
        ),
      ),
    );
    const {rows} = await world.stats(
      asked({
        sinceMs: change - DAY,
        untilMs: change + DAY,
        everyMs: DAY,
        timezone: 'Europe/Oslo',
        aggregates: ['count'],
      }),
    );
    expect(rows.map(({time, values}) => [time, values.count])).toEqual([
      ['2026-10-23T22:00:00.000Z', 1],
      ['2026-10-24T22:00:00.000Z', 2],
      ['2026-10-25T23:00:00.000Z', 1],
    ]);
  });

  it('say how fresh they are, and can wait', async () => {
    await using world = await startStore();
    world.stream.append(at(1, {temperature: 1}), at(2, {temperature: 2}));
    const {rows, freshness} = await world.stats(asked({consistent: true}));
    expect(rows[0]!.values.count).toBe(2);
    expect(freshness).toEqual({completeTo: 2, lag: 0, lastEventAt: '2026-01-31T12:00:00.000Z'});
    const limited = await world.stats(asked({devices: [], onlyDevices: true}));
    expect(limited.freshness.lastEventAt).toBeNull();
  });

  it('are refused where there would be too many rows', async () => {
    await using world = await startStore();
    await expect(world.stats(asked({everyMs: 1}))).rejects.toMatchObject({
      code: 'IOT_REQUEST_INVALID',
    });
  });

  it('are of no metric that nothing was ever told of', async () => {
    await using world = await startStore();
    const ask = async (more: Partial<StatsRequest>) => (await world.stats(asked(more))).rows;
    const refused = (message: string) => ({code: 'IOT_METRIC_UNKNOWN', message});
    await expect(ask({})).rejects.toMatchObject(refused('no reading has the metric "temperature"'));
    await world.put(at(-60, {temperature: 1}), at(1, {energy: 1}, {device: 'lamp-2'}));
    await expect(ask({metrics: ['energy', 'temprature']})).rejects.toMatchObject(
      refused('no reading has the metric "temprature": did you mean temperature?'),
    );
    // There, but not in the range.
    expect(await ask({})).toEqual([]);
    const of = (device: string) => ({devices: [{device, labels: []}], onlyDevices: true});
    await expect(ask(of('lamp-2'))).rejects.toMatchObject(
      refused('no reading of these devices has the metric "temperature"'),
    );
    // Who may see this one alone does not learn what others have.
    await expect(ask({...of('lamp-2'), metrics: ['temprature']})).rejects.toMatchObject(
      refused('no reading of these devices has the metric "temprature"'),
    );
    expect(await ask(of('lamp-3'))).toEqual([]);
  });

  it('take any name of a metric, and of a label, as it is', async () => {
    await using world = await startStore();
    await world.put(at(-1, {other: 1}));
    for (const metric of [`a'; DROP TABLE readings; --"`, "a\0b'"]) {
      await world.put(at(1, {[metric]: 5}));
      for (const metrics of [[metric], [metric, 'other']]) {
        const {rows} = await world.stats(asked({metrics}));
        expect(rows).toEqual([{metric, values: {avg: 5, count: 1}}]);
      }
    }
  });
});

const payloadAt = (timeMs: number): Buffer => Buffer.from(JSON.stringify({ts: timeMs, v: {temperature: 1}}));
