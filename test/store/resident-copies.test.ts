/** A load that waits for its turn is in nobody's way. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it, vi} from 'vitest';
import {DEFAULT_LIMITS} from '../../src/store/locked-instance.js';
import {ResidentCopies} from '../../src/store/resident/resident-copies.js';
import {TenantDatabase} from '../../src/store/tenant-database.js';

const RANGE = {sinceMs: 0, untilMs: Date.UTC(2027)};

/** A database with one reading, and work that waits until somebody lets it go on. */
async function startWaiting() {
  const folder = await mkdtemp(join(tmpdir(), 'iotctl-resident-'));
  const options = {...DEFAULT_LIMITS, loadVersions: async () => [], archive: join(folder, 'archive')};
  const open = () => TenantDatabase.open(folder, 'acme', options);
  const database = await open();
  await database.transact({nextOffset: 1, eventCount: 1}, 'unknown', async writer => {
    await writer.run(
      "INSERT INTO readings VALUES (TIMESTAMPTZ '2026-01-31 12:00:00Z', 'd', NULL, 'm', 5, 0)",
    );
  });
  const waiting: (() => Promise<void>)[] = [];
  const copies = new ResidentCopies(
    100,
    work =>
      new Promise((resolve, reject) => {
        waiting.push(() => work().then(resolve, reject));
      }),
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
  await vi.waitFor(() => expect(world.copies.of(world.database, RANGE)?.count).toBe(1), {timeout: 10_000});
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
  await vi.waitFor(() => expect(world.copies.of(reopened.database, RANGE)?.count).toBe(1), {timeout: 10_000});
  expect(world.copies.count).toBe(1);
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
