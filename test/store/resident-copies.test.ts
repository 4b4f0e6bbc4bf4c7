/** When readings are in memory: once their turn has come, in nobody's way, and for as long as somebody asks. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it, vi} from 'vitest';
import {DEFAULT_LIMITS} from '../../src/store/locked-instance.js';
import {ResidentCopies} from '../../src/store/resident/resident-copies.js';
import {TenantDatabase} from '../../src/store/tenant-database.js';

const RANGE = {sinceMs: 0, untilMs: Date.UTC(2027)};

const fill = (database: TenantDatabase): Promise<void> =>
  database.transact({nextOffset: 1, eventCount: 1}, 'unknown', async writer => {
    await writer.run(
      "INSERT INTO readings SELECT TIMESTAMPTZ '2026-01-31 12:00:00Z' - INTERVAL 5 HOUR * i, 'd', NULL, 'm', 5, 0 FROM range(2) t(i)",
    );
  });

/** A database with two readings, hours apart, and work that waits until somebody lets it go on. */
async function startWaiting(times?: ConstructorParameters<typeof ResidentCopies>[2]) {
  const folder = await mkdtemp(join(tmpdir(), 'iotctl-resident-'));
  const options = {...DEFAULT_LIMITS, loadVersions: async () => [], archive: join(folder, 'archive')};
  const open = (tenant = 'acme') => TenantDatabase.open(folder, tenant, options);
  const database = await open();
  await fill(database);
  const waiting: (() => Promise<void>)[] = [];
  const copies = new ResidentCopies(
    3,
    work =>
      new Promise((resolve, reject) => {
        waiting.push(() => work().then(resolve, reject));
      }),
    times,
  );
  return {
    open,
    database,
    copies,
    goOn: () => Promise.all(waiting.splice(0).map(work => work())),
    async [Symbol.asyncDispose]() {
      await copies.close();
      await database.close();
      await rm(folder, {recursive: true, force: true});
    },
  };
}

it('reads them when its turn has come', async () => {
  await using world = await startWaiting();
  expect(world.copies.of(world.database, RANGE)).toBeUndefined();
  await world.goOn();
  await vi.waitFor(() => expect(world.copies.of(world.database, RANGE)?.count).toBe(2), {timeout: 10_000});
});

it('keeps no file open that is to be opened anew, and reads nothing of one that was closed', async () => {
  await using world = await startWaiting();
  world.copies.of(world.database, RANGE);
  await world.database.close();
  await using reopened = {
    database: await world.open(),
    [Symbol.asyncDispose]: () => reopened.database.close(),
  };
  await world.goOn();
  await vi.waitFor(() => {
    world.copies.of(reopened.database, RANGE);
    return world.goOn();
  });
  await vi.waitFor(() => expect(world.copies.of(reopened.database, RANGE)?.count).toBe(2), {timeout: 10_000});
  expect(world.copies.count).toBe(2);
  expect(world.database.resident.readings).toBeUndefined();
});

it('reads nothing once all is being closed', async () => {
  await using world = await startWaiting();
  world.copies.of(world.database, RANGE);
  const closed = world.copies.close();
  await world.goOn();
  await closed;
  expect(world.database.resident.readings).toBeUndefined();
});

it('gives up what nobody asks for any more', async () => {
  await using world = await startWaiting({idleMs: 500, lookEveryMs: 10});
  await vi.waitFor(
    async () => {
      world.copies.of(world.database, RANGE);
      await world.goOn();
      expect(world.copies.count).toBe(2);
    },
    {timeout: 10_000},
  );
  await vi.waitFor(() => expect(world.database.resident.readings).toBeUndefined(), {timeout: 10_000});
  expect(world.copies.count).toBe(0);
});

it('gives their room to others, who had to do with less', async () => {
  await using world = await startWaiting({idleMs: 1000, lookEveryMs: 10});
  await using other = {
    database: await world.open('other'),
    [Symbol.asyncDispose]: () => other.database.close(),
  };
  await fill(other.database);
  const untilHeld = (database: TenantDatabase, count: number, kept = database): Promise<void> =>
    vi.waitFor(
      async () => {
        for (const asked of [kept, database]) world.copies.of(asked, RANGE);
        await world.goOn();
        expect(database.resident.readings?.count).toBe(count);
      },
      {timeout: 10_000, interval: 5},
    );
  await untilHeld(world.database, 2);
  await untilHeld(other.database, 1, world.database);
  await untilHeld(other.database, 2);
  expect(world.database.resident.readings).toBeUndefined();
});
