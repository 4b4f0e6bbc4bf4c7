import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {readingsOf} from '../../src/domain/telemetry.js';
import {eventOf, startStore} from '../support/start-store.js';

const READINGS = 'SELECT time, device, component, metric, value, "offset" FROM readings ORDER BY ALL';

describe('storing', () => {
  it('keeps each event, and each reading of telemetry', async () => {
    await using world = await startStore();
    await world.put(
      eventOf({temperature: 21.5, on: true}),
      eventOf(
        {ts: Date.UTC(2026, 0, 31, 11), v: {a_metric_with_a_long_name: -3}},
        {
          component: 'motor',
          device: 'a-device-with-a-long-name',
          timeMs: Date.UTC(2026, 0, 31, 11),
        },
      ),
      eventOf({reason: 'door'}, {type: 'event.opened', attributes: {severity: 'info'}}),
    );

    expect(await world.rows(READINGS)).toEqual([
      ['2026-01-31T11:00:00.000Z', 'a-device-with-a-long-name', 'motor', 'a_metric_with_a_long_name', -3, 1],
      ['2026-01-31T12:00:00.000Z', 'lamp-1', null, 'on', 1, 0],
      ['2026-01-31T12:00:00.000Z', 'lamp-1', null, 'temperature', 21.5, 0],
    ]);
    expect(
      await world.rows('SELECT "offset", type, component, body, raw, attributes FROM events ORDER BY 1'),
    ).toEqual([
      [0, 'telemetry', null, '{"temperature":21.5,"on":true}', null, null],
      [1, 'telemetry', 'motor', '{"ts":1769857200000,"v":{"a_metric_with_a_long_name":-3}}', null, null],
      [2, 'event.opened', null, '{"reason":"door"}', null, '{"severity":"info"}'],
    ]);
  });

  it('keeps bytes that could not be decoded as they are', async () => {
    await using world = await startStore();
    const payload = Uint8Array.from([0xff, 0, 0x7b, 0xfe]);
    await world.put(
      eventOf('', {
        type: 'undecodable',
        contentType: 'application/octet-stream',
        payload,
        attributes: {reason: 'not UTF-8'},
      }),
      eventOf('', {type: 'undecodable', contentType: 'application/octet-stream', payload: new Uint8Array()}),
    );
    expect(
      await world.rows('SELECT body, hex(raw), attributes->>\'reason\' FROM events ORDER BY "offset"'),
    ).toEqual([
      [null, 'FF007BFE', 'not UTF-8'],
      [null, '', null],
    ]);
  });

  it('stores every batch alike, however its rows fall into chunks and its strings into the 16 bytes', async () => {
    await using world = await startStore();
    const count = 10_000;
    const nameOf = (index: number): string => `d${'x'.repeat(index % 30)}`;
    await world.put(
      ...Array.from({length: count}, (_, index) =>
        eventOf(
          {[`m${'y'.repeat(index % 25)}`]: index, é: index / 2},
          {
            device: nameOf(index),
            component: index % 3 === 0 ? 'motor' : '',
          },
        ),
      ),
    );
    const sum = (count * (count - 1)) / 2;
    expect(
      await world.rows('SELECT count(*), sum("offset"), sum(length(device)), count(component) FROM events'),
    ).toEqual([
      [
        count,
        sum,
        Array.from({length: count}, (_, index) => nameOf(index).length).reduce((a, b) => a + b),
        3334,
      ],
    ]);
    expect(await world.rows('SELECT count(*), sum(value) FROM readings')).toEqual([[2 * count, sum * 1.5]]);
    expect(
      await world.rows(`SELECT count(*) FROM readings JOIN events USING ("offset")
        WHERE readings.device = events.device AND contains(body::VARCHAR, metric)`),
    ).toEqual([[2 * count]]);
  });

  it('gives the readings that readingsOf gives, for any JSON', async () => {
    await using world = await startStore();
    const bodies = fc.sample(fc.dictionary(fc.string({unit: 'binary'}), fc.jsonValue()), {
      numRuns: 200,
      seed: 7,
    });
    await world.put(...bodies.map(body => eventOf(body)));
    const expected = bodies.flatMap((body, offset) =>
      readingsOf(JSON.parse(JSON.stringify(body))).map(({metric, value}) => [
        offset,
        Buffer.from(metric).toString(),
        value,
      ]),
    );
    const stored = await world.rows('SELECT "offset", metric, value FROM readings');
    expect(stored.map(row => JSON.stringify(row)).sort()).toEqual(
      expected.map(row => JSON.stringify(row)).sort(),
    );
  });

  it('keeps times from the first to the last that a Date can hold', async () => {
    await using world = await startStore();
    const timesMs = [-8.64e15, -62_135_596_800_000, -1, 0, 1, 253_402_300_799_999, 8.64e15];
    await world.put(...timesMs.map(timeMs => eventOf({ts: timeMs, v: {a: 1}}, {timeMs})));
    const {events} = await world.store.events('default', {limit: 100});
    expect(events.map(({timeMs}) => timeMs)).toEqual(timesMs);
    expect(await world.rows('SELECT count(DISTINCT time) FROM readings')).toEqual([[timesMs.length]]);
  });
});

describe('tenants', () => {
  it('have a file each, which no other user can read', async () => {
    await using world = await startStore();
    await world.put(eventOf({a: 1}), eventOf({a: 2}, {tenant: 'acme'}), eventOf({a: 3}, {tenant: ''}));
    expect(await world.rows('SELECT value FROM readings ORDER BY 1')).toEqual([[1]]);
    expect(await world.rows('SELECT value FROM readings', 'platform')).toEqual([[3]]);
    expect(await world.rows('SELECT value FROM readings', 'acme')).toEqual([[2]]);
    expect(await world.rows('SELECT value FROM readings', 'nobody')).toEqual([]);
    const files = (await readdir(world.folder)).filter(name => name.endsWith('.duckdb'));
    expect(files.sort()).toEqual(['acme.duckdb', 'default.duckdb', 'nobody.duckdb', 'platform.duckdb']);
    for (const name of files) expect((await stat(join(world.folder, name))).mode & 0o777).toBe(0o600);
    await expect(world.rows('SELECT 1', '../acme')).rejects.toMatchObject({code: 'IOT_REQUEST_INVALID'});
  });

  it('are gone for good when they are erased, whatever the stream still holds of them', async () => {
    await using world = await startStore();
    await world.put(eventOf({a: 1}), eventOf({a: 2}, {tenant: 'acme'}));
    expect(await world.store.storageBytes('acme')).toBeGreaterThan(0);
    await world.store.erase('acme');
    await world.put(eventOf({a: 3}), eventOf({a: 4}, {tenant: 'acme'}));
    expect(await world.rows('SELECT value FROM readings ORDER BY 1')).toEqual([[1], [3]]);
    await expect(world.rows('SELECT 1', 'acme')).rejects.toMatchObject({code: 'IOT_TENANT_UNKNOWN'});
    expect((await readdir(world.folder)).filter(name => name.startsWith('acme'))).toEqual([]);
  });
});

describe('once and only once', () => {
  it('skips what is stored already when the stream begins again', async () => {
    await using world = await startStore();
    await world.put(eventOf({a: 1}), eventOf({a: 2}, {tenant: 'acme'}));
    world.stream.forgetCursors();
    await world.restart();
    await world.put(eventOf({a: 3}));
    expect(await world.rows('SELECT value FROM readings ORDER BY 1')).toEqual([[1], [3]]);
    expect(await world.rows('SELECT value FROM readings', 'acme')).toEqual([[2]]);
    expect(await world.store.status()).toMatchObject({state: 'ok', problem: null, lag: 0, rowsTotal: 3});
    expect(world.stream.cursor('store')).toBe(3);
  });

  it('goes on at the oldest event when retention was faster', async () => {
    await using world = await startStore();
    await world.put(eventOf({a: 0}));
    await world.store.close();
    world.stream.append(eventOf({a: 1}), eventOf({a: 2}));
    world.stream.dropBelow(2);
    await world.restart();
    await world.store.catchUp();
    expect(await world.rows('SELECT value FROM readings ORDER BY 1')).toEqual([[0], [2]]);
  });

  it('does not begin on a stream that is shorter than what is stored', async () => {
    await using world = await startStore();
    await world.put(eventOf({a: 0}), eventOf({a: 1}));
    const {folder} = world;
    await world.store.close();
    await expect(startStore({folder})).rejects.toMatchObject({code: 'IOT_DATA_CORRUPT'});
  });

  it('stores new events without being asked to catch up', async () => {
    await using world = await startStore();
    world.stream.append(eventOf({a: 1}));
    world.store.wake();
    await expect.poll(() => world.rows('SELECT count(*) FROM events'), {timeout: 10_000}).toEqual([[1]]);
  });
});
