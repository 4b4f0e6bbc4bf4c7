/** Files for others: what is in them is what is stored, of the day that was asked for. */
import {readFile, rm} from 'node:fs/promises';
import {describe, expect, it} from 'vitest';
import {NO_RETENTION} from '../../src/domain/retention.js';
import {eventOf, startStore} from '../support/start-store.js';

const DAY_MS = 86_400_000;
const NOON_MS = Date.UTC(2026, 10, 20, 12);
const read = async ({path}: {path: string}) => {
  const text = await readFile(path, 'utf8');
  await rm(path);
  return text;
};

describe('an export', () => {
  it('has the days that there are, hot and archived, each with a fingerprint of its rows', async () => {
    await using world = await startStore();
    const at = (days: number, device = 'lamp-1') =>
      eventOf({n: days}, {device, timeMs: NOON_MS - days * DAY_MS, recordedMs: NOON_MS});
    await world.put(at(9), at(9, 'lamp-2'), at(1));
    const plan = await world.store.exportDays('default', {tables: ['readings']});
    expect(plan.days.map(({day, rows}) => [day, rows])).toEqual([
      ['2026-11-11', 2],
      ['2026-11-19', 1],
    ]);
    const kept = {...NO_RETENTION, archiveAfterDays: 3};
    await world.store.retain('default', {policy: {raw: kept, typed: kept}, nowMs: NOON_MS});
    expect(await world.store.exportDays('default', {tables: ['readings']})).toEqual(plan);
    await world.put(at(9));
    const later = await world.store.exportDays('default', {
      tables: ['readings'],
      untilMs: NOON_MS - 5 * DAY_MS,
    });
    expect(later.days).toMatchObject([{day: '2026-11-11', rows: 3}]);
    expect(later.days[0]!.fingerprint).not.toBe(plan.days[0]!.fingerprint);
    const limited = await world.store.exportDays('default', {devices: ['lamp-2']});
    expect(limited.days.map(({table, rows}) => [table, rows])).toEqual([
      ['events', 1],
      ['readings', 1],
    ]);
    const part = {table: 'readings', day: '2026-11-11', format: 'csv', devices: ['lamp-2']} as const;
    expect((await read(await world.store.exportPart('default', part))).split('\n').slice(1)).toEqual([
      '2026-11-11T12:00:00.000Z,lamp-2,,n,9.0,1',
      '',
    ]);
  });

  it('says texts, bytes, far times and nothing as they are', async () => {
    await using world = await startStore();
    const recordedMs = NOON_MS;
    const hostile = 'a "b", \n=1+1 \u{1F321} \u2028';
    await world.put(
      eventOf({hostile}, {type: 'event.said', recordedMs}),
      eventOf('', {contentType: 'application/octet-stream', payload: Buffer.from([0, 255]), recordedMs}),
      eventOf({n: 1}, {timeMs: Date.UTC(-43, 2, 15), recordedMs}),
    );
    const part = {table: 'events', day: '2026-11-20'} as const;
    const ndjson = await read(await world.store.exportPart('default', {...part, format: 'ndjson'}));
    const rows = ndjson
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
    expect(rows).toMatchObject([
      {offset: 0, time: '2026-11-20T12:00:00.000Z', component: null, body: {hostile}, raw: null},
      {offset: 1, body: null, raw: 'AP8='},
    ]);
    const {days} = await world.store.exportDays('default', {tables: ['events']});
    const [ancient] = days;
    expect(ancient).toMatchObject({day: '0044-03-15 (BC)', rows: 1});
    expect(await world.store.exportPart('default', {...ancient!, format: 'csv'})).toMatchObject({rows: 1});
  });

  it('is of a table that there is', async () => {
    await using world = await startStore();
    for (const table of ['nope', 'internal.partitions', 'events; DROP TABLE events', "x' OR true --"]) {
      const part = {table, day: '2026-11-20', format: 'csv'} as const;
      await expect(world.store.exportPart('default', part)).rejects.toMatchObject({
        code: 'IOT_REQUEST_INVALID',
      });
      await expect(world.store.exportDays('default', {tables: [table]})).rejects.toMatchObject({
        code: 'IOT_REQUEST_INVALID',
      });
    }
  });
});
