import {mkdtemp, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {commitPart, writeOldest} from '../../src/store/archive/move-rows.js';
import {DEFAULT_LIMITS} from '../../src/store/locked-instance.js';
import {askReadings} from '../../src/store/stats/answer.js';
import {TenantDatabase} from '../../src/store/tenant-database.js';

async function openDatabase() {
  const folder = await mkdtemp(join(tmpdir(), 'iotctl-database-'));
  const database = await TenantDatabase.open(folder, 'acme', {
    ...DEFAULT_LIMITS,
    loadVersions: async () => [],
    archive: join(folder, 'archive'),
  });
  return {
    folder,
    database,
    async [Symbol.asyncDispose]() {
      await database.close();
      await rm(folder, {recursive: true, force: true});
    },
  };
}

const nothing = (): Promise<void> => Promise.resolve();

it('keeps only so many rows about its progress', async () => {
  await using world = await openDatabase();
  for (let nextOffset = 1; nextOffset <= 2500; nextOffset++) {
    await world.database.transact({nextOffset, eventCount: nextOffset * 2}, 'unknown', nothing);
  }
  await world.database.refreshProgress();
  expect(world.database.progress).toEqual({nextOffset: 2500, eventCount: 5000});
  const reader = await world.database.writer.runAndReadAll('SELECT count(*) FROM internal.progress');
  expect(Number(reader.getRows()[0]![0])).toBeLessThanOrEqual(1000);
});

it('neither stores rows nor moves its progress when a transaction fails', async () => {
  await using world = await openDatabase();
  const {database} = world;
  await database.transact({nextOffset: 1, eventCount: 1}, 'unknown', nothing);
  const failing = database.transact({nextOffset: 2, eventCount: 2}, 'unknown', async writer => {
    await writer.run("INSERT INTO events VALUES (1, now(), now(), 'd', 't', NULL, NULL, NULL, NULL)");
    throw new Error('in the middle');
  });
  await expect(failing).rejects.toThrow('in the middle');
  await database.refreshProgress();
  expect(database.progress).toEqual({nextOffset: 1, eventCount: 1});
  const reader = await database.writer.runAndReadAll('SELECT count(*) FROM events');
  expect(Number(reader.getRows()[0]![0])).toBe(0);
});

it('writes its checkpoints while a query runs', async () => {
  await using world = await openDatabase();
  const {database, folder} = world;
  await database.withConnection(async connection => {
    await connection.run('BEGIN TRANSACTION READ ONLY');
    await connection.run('SELECT count(*) FROM events');
    for (let round = 1; round <= 12; round++) {
      await database.transact(
        {nextOffset: round * 20_000, eventCount: round * 20_000},
        'unknown',
        async writer => {
          await writer.run(
            `INSERT INTO readings SELECT now(), 'lamp', NULL, uuid()::VARCHAR || uuid()::VARCHAR, random(), range FROM range(20000)`,
          );
        },
      );
    }
    // Without a checkpoint it would have about 30 MB.
    expect((await stat(join(folder, 'acme.duckdb.wal')).catch(() => ({size: 0}))).size).toBeLessThan(18e6);
  });
});

it('asks again when a day has become a file since the question began', async () => {
  await using world = await openDatabase();
  const {database} = world;
  await database.transact({nextOffset: 1, eventCount: 1}, 'unknown', async writer => {
    await writer.run(
      "INSERT INTO readings VALUES (TIMESTAMPTZ '2026-01-31 12:00:00Z', 'd', NULL, 'm', 5, 0)",
    );
  });
  const moveDay = async (): Promise<void> => {
    const written = await writeOldest(database, 'readings', {beforeDay: '2026-02-01', rowsMax: 10});
    await database.rearrange(writer => commitPart(writer, written!));
  };
  const range = {sinceMs: Date.UTC(2026, 0, 31), untilMs: Date.UTC(2026, 1, 1)};
  const choice = {...range, metrics: ['m'], onlyDevices: false, labelCount: 0};
  const seen: unknown[][] = [];
  const ask = (): Promise<{found: readonly unknown[]}> =>
    askReadings(database, choice, new AbortController().signal, async (connection, readings) => {
      if (seen.length === 0) await moveDay();
      const rows = (await connection.runAndReadAll(`SELECT value FROM ${readings}`)).getRows();
      seen.push(rows.flat());
      return rows.flat();
    });
  expect((await ask()).found).toEqual([5]);
  expect((await ask()).found).toEqual([5]);
  expect(seen).toEqual([[], [5], [5]]);
});
