/** Parts of uploads that go past the stream: for questions like all others, each once, and in no history of the stream. */
import {describe, expect, it} from 'vitest';
import {NO_RETENTION} from '../../src/domain/retention.js';
import {eventOf, startStore} from '../support/start-store.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 20, 12);
const PUMP = {model: 'pump', version: 1, metrics: {n: {type: 'integer'}}} as const;

/** An event of an upload; of so many days ago. */
const past = (n: number, days = 9, device = 'lamp-1') =>
  eventOf([{ts: NOW_MS - days * DAY_MS, v: {n}}], {
    device,
    timeMs: NOW_MS - days * DAY_MS,
    recordedMs: NOW_MS,
    attributes: {backfill: 'true', dataschema: 'urn:iotctl:default:pump:1'},
  });

const live = (n: number) => eventOf({n}, {timeMs: NOW_MS, recordedMs: NOW_MS});

const startTyped = () => startStore({loadVersions: async () => [PUMP]});

const archive = (archiveAfterDays: number) => ({
  policy: {raw: {...NO_RETENTION, archiveAfterDays}, typed: {...NO_RETENTION, archiveAfterDays}},
  nowMs: NOW_MS,
});

const COUNTS = `SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM readings), (SELECT count(*) FROM model_pump)`;

describe('a part that goes into the store alone', () => {
  it('is in every table, and in no history of the stream', async () => {
    await using world = await startTyped();
    await world.put(live(1));
    await world.store.storePart('default', {upload: 'u', part: 0, events: [past(2), past(3)]});
    await world.put(live(4));
    expect(await world.rows(COUNTS)).toEqual([[4, 4, 2]]);
    const {rows} = await world.stats({
      metrics: ['n'],
      sinceMs: 0,
      untilMs: NOW_MS + 1,
      labelCount: 0,
      onlyDevices: false,
      aggregates: ['sum', 'last'],
      by: [],
      timeoutMs: 20_000,
      consistent: true,
    });
    expect(rows[0]!.values).toEqual({sum: 10, last: 4});
    const {events, storedUpTo} = await world.store.events('default', {limit: 10});
    expect(events.map(({offset}) => offset)).toEqual([0, 1]);
    expect(storedUpTo).toBe(2);
    const last = await world.store.events('default', {limit: 10, last: true, beforeOffset: 1});
    expect(last.events.map(({offset}) => offset)).toEqual([0]);
  });

  it('is stored once, however often it is sent, also after a restart', async () => {
    await using world = await startTyped();
    const send = (part: number, ...values: number[]) =>
      world.store.storePart('default', {upload: 'u', part, events: values.map(n => past(n))});
    await send(0, 1, 2);
    await send(0, 1, 2);
    await world.restart();
    await send(0, 1, 2);
    await send(1, 3);
    await send(2);
    await world.store.storePart('default', {upload: 'other', part: 0, events: [past(4)]});
    expect(await world.rows('SELECT value FROM readings ORDER BY "offset"')).toEqual([[1], [2], [3], [4]]);
    expect(await world.rows('SELECT count(DISTINCT "offset"), max("offset") < 0 FROM events')).toEqual([
      [4, true],
    ]);
    expect((await world.store.status()).rowsTotal).toBe(4);
  });

  it('is nothing where it failed, and whole when it comes again', async () => {
    await using world = await startTyped();
    const wrong = {...past(2), device: null as unknown as string};
    await expect(
      world.store.storePart('default', {upload: 'u', part: 0, events: [past(1), wrong]}),
    ).rejects.toThrow();
    await world.put(live(9));
    await world.store.storePart('default', {upload: 'u', part: 0, events: [past(1), past(2)]});
    expect(await world.rows('SELECT value FROM readings ORDER BY value')).toEqual([[1], [2], [9]]);
  });

  it('moves to the archive while others come, and is asked, exported and erased there', async () => {
    await using world = await startStore({loadVersions: async () => [PUMP], retentionStepRows: 4});
    const send = (part: number) =>
      world.store.storePart('default', {
        upload: 'u',
        part,
        events: [past(part, 9, 'a'), past(part, 8, 'b'), past(part, 0, 'c')],
      });
    for (let part = 0; part < 3; part++) await send(part);
    await world.put(live(1));
    const retained = world.store.retain('default', archive(7));
    for (let part = 3; part < 8; part++) await send(part);
    await retained;
    await world.store.retain('default', archive(7));
    expect(await world.rows(COUNTS)).toEqual([[25, 25, 24]]);
    expect((await world.store.status()).archive.rows).toBe(48);
    const {days} = await world.store.exportDays('default', {});
    expect(days.reduce((sum, {rows}) => sum + rows, 0)).toBe(25 + 25 + 24);
    await world.store.eraseDevice('default', 'a');
    expect(await world.rows(COUNTS)).toEqual([[17, 17, 16]]);
    const deleted = {...NO_RETENTION, deleteAfterDays: 7};
    await world.store.retain('default', {policy: {raw: deleted, typed: deleted}, nowMs: NOW_MS});
    expect(await world.rows(COUNTS)).toEqual([[9, 9, 8]]);
    await send(8);
    expect(await world.rows(COUNTS)).toEqual([[12, 12, 11]]);
  });

  it('is refused where the tenant was deleted', async () => {
    await using world = await startStore();
    await world.store.erase('gone');
    const part = {upload: 'u', part: 0, events: [{...past(1), tenant: 'gone'}]};
    await expect(world.store.storePart('gone', part)).rejects.toMatchObject({code: 'IOT_TENANT_UNKNOWN'});
  });
});
