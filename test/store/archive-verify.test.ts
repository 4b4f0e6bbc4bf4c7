/** Files of the archive that are not as they were written: found by reading them, and never made part of a new file. */
import {open, readdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {DuckDBInstance} from '@duckdb/node-api';
import {expect, it} from 'vitest';
import {NO_RETENTION} from '../../src/domain/retention.js';
import {eventOf, startStore} from '../support/start-store.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 20, 12);
const DAY = '2026-11-11';
const old = {...NO_RETENTION, archiveAfterDays: 2};
const request = {policy: {raw: old, typed: old}, nowMs: NOW_MS};

type World = Awaited<ReturnType<typeof startStore>>;

const ago = (days: number, n: number, device = 'lamp-1') =>
  eventOf({n}, {device, timeMs: NOW_MS - days * DAY_MS + n, recordedMs: NOW_MS});

/** Of a table and a day, by whole paths. */
async function filesOf({folder}: World, table: string, day = DAY): Promise<string[]> {
  const path = join(folder, `archive/tenant=default/table=${table}/day=${day}`);
  return (await readdir(path)).sort().map(name => join(path, name));
}

async function turnBit(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  byte[0]! ^= 0x10;
  await handle.write(byte, 0, 1, at);
  await handle.close();
}

/** With two files of one day in each table. */
async function archived(): Promise<World> {
  const world = await startStore();
  await world.put(...Array.from({length: 500}, (_, n) => ago(9, n)));
  await world.store.retain('default', request);
  await world.put(ago(9, 500), ago(8, 501, 'lamp-2'));
  await world.store.retain('default', request);
  return world;
}

/** As a version wrote them that had none. */
async function forgetDigests(world: World): Promise<void> {
  await world.store.close();
  const instance = await DuckDBInstance.create(join(world.folder, 'default.duckdb'));
  const connection = await instance.connect();
  await connection.run('UPDATE internal.partitions SET sha256 = NULL');
  connection.closeSync();
  instance.closeSync();
  await world.restart();
}

it('are named, and so are those that are gone', async () => {
  await using world = await archived();
  const before = await world.store.verifyArchive('default');
  expect(before).toMatchObject({files: 6, unknown: 0, faults: []});
  const [first, second] = (await filesOf(world, 'readings')) as [string, string];
  await turnBit(first, Math.floor((await stat(first)).size / 2));
  await rm(second);
  const {faults, ...counts} = await world.store.verifyArchive('default');
  expect(counts).toEqual({files: 6, bytes: before.bytes, unknown: 0});
  expect(faults).toHaveLength(2);
  expect(faults).toEqual(
    expect.arrayContaining([
      {file: first, fault: 'changed'},
      {file: second, fault: 'missing'},
    ]),
  );
});

it('are found wherever the bit was turned', async () => {
  await using world = await archived();
  const [file] = (await filesOf(world, 'events')) as [string];
  const {size} = await stat(file);
  for (let at = 0; at < size; at += Math.ceil(size / 50)) {
    await turnBit(file, at);
    expect((await world.store.verifyArchive('default')).faults).toEqual([{file, fault: 'changed'}]);
    await turnBit(file, at);
  }
  expect((await world.store.verifyArchive('default')).faults).toEqual([]);
});

it('are looked for by one at a time, who ends with the store', async () => {
  await using world = await archived();
  const [one, other] = [world.store.verifyArchive('default'), world.store.verifyArchive('default')];
  expect(await one).toBe(await other);
  const late = world.store.verifyArchive('default').catch((error: unknown) => error);
  await world.restart();
  expect([undefined, 'IOT_PART_UNAVAILABLE']).toContain(((await late) as {code?: string}).code);
  expect(await world.store.verifyArchive('default')).toMatchObject({files: 6, faults: []});
});

it('are not merged, while the others are', async () => {
  await using world = await archived();
  const before = await filesOf(world, 'events');
  await turnBit(before[0]!, 100);
  expect(await world.store.retain('default', {...request, compact: true})).toMatchObject({
    mergedParts: 2,
    damage: `${before[0]} is damaged`,
  });
  expect(await filesOf(world, 'events')).toEqual(before);
  expect(await filesOf(world, 'readings')).toHaveLength(1);
});

it('are not written anew without a device that is erased', async () => {
  await using world = await archived();
  const [file] = (await filesOf(world, 'readings')) as [string];
  await turnBit(file, 100);
  await expect(world.store.eraseDevice('default', 'lamp-1')).rejects.toMatchObject({
    code: 'IOT_ERASURE_INCOMPLETE',
    message: expect.stringContaining(file) as string,
  });
  expect(await filesOf(world, 'readings')).toContain(file);
});

it('are told apart by their length alone where nobody wrote down what they were', async () => {
  await using world = await archived();
  await forgetDigests(world);
  const [file] = (await filesOf(world, 'readings')) as [string];
  await turnBit(file, 100);
  expect(await world.store.verifyArchive('default')).toMatchObject({files: 6, unknown: 6, faults: []});
  const handle = await open(file, 'r+');
  await handle.truncate(100);
  await handle.close();
  expect((await world.store.verifyArchive('default')).faults).toEqual([{file, fault: 'changed'}]);
});

it('are not taken for whole because another file was made of them', async () => {
  await using world = await archived();
  await forgetDigests(world);
  expect(await world.store.retain('default', {...request, compact: true})).toMatchObject({mergedParts: 4});
  expect(await world.store.verifyArchive('default')).toMatchObject({files: 4, unknown: 4, faults: []});
  await world.store.eraseDevice('default', 'lamp-2');
  expect(await world.store.verifyArchive('default')).toMatchObject({files: 2, unknown: 2, faults: []});
});

it('are no mistake of whoever asks, where DuckDB notices the damage inside of a page', async () => {
  await using world = await archived();
  const [file] = (await filesOf(world, 'events')) as [string];
  const handle = await open(file, 'r+');
  const {size} = await handle.stat();
  // Between the magic bytes and the footer, which says where the pages are.
  await handle.write(Buffer.alloc(Math.floor(size / 3), 0xff), 0, Math.floor(size / 3), 20);
  await handle.close();
  await expect(world.rows('SELECT hash(t) FROM events t')).rejects.toMatchObject({code: 'IOT_DATA_CORRUPT'});
});
