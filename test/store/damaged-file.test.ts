import {copyFile, mkdir, readFile, rm, stat, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {DuckDBInstance} from '@duckdb/node-api';
import {expect, it} from 'vitest';
import {Store} from '../../src/store/store.js';
import {eventOf, startStore} from '../support/start-store.js';

type World = Awaited<ReturnType<typeof startStore>>;

/** Five transactions, all still in the WAL, as a killed process leaves them: copied while the store is open. */
async function killedStore(world: World): Promise<string> {
  for (let round = 0; round < 5; round++) {
    await world.put(...Array.from({length: 1000}, (_, index) => eventOf({n: round * 1000 + index})));
  }
  const folder = join(world.folder, 'killed');
  await mkdir(folder);
  for (const name of ['default.duckdb', 'default.duckdb.wal']) {
    await copyFile(join(world.folder, name), join(folder, name));
  }
  return folder;
}

async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  for (let index = 0; index < 64; index++) bytes[at + index]! ^= 0xff;
  await writeFile(file, bytes);
}

const COUNTS = {
  sql: 'SELECT count(*), count(DISTINCT "offset"), (SELECT count(DISTINCT value) FROM readings) FROM events',
  timeoutMs: 20_000,
  maxRows: 10,
};

it('opens after a kill with all that was committed', async () => {
  await using world = await startStore();
  const folder = await killedStore(world);
  await using store = await Store.open({folder, reader: world.stream});
  expect((await store.query('default', COUNTS)).rows).toEqual([[5000, 5000, 5000]]);
});

it('opens a WAL that ends in the middle of a transaction, and stores the lost ones anew', async () => {
  await using world = await startStore();
  const folder = await killedStore(world);
  const wal = join(folder, 'default.duckdb.wal');
  await truncate(wal, (await stat(wal)).size - 2000);
  await using store = await Store.open({folder, reader: world.stream});
  await store.catchUp();
  expect((await store.query('default', COUNTS)).rows).toEqual([[5000, 5000, 5000]]);
});

it.each([
  ['default.duckdb.wal', 20_000],
  ['default.duckdb', 0],
  ['default.duckdb', 4096],
])('names the damaged file and what to do: %s at byte %i', async (name, at) => {
  await using world = await startStore();
  const folder = await killedStore(world);
  await flip(join(folder, name), at);
  if (name === 'default.duckdb' && at === 4096) await flip(join(folder, name), 8192);
  await expect(Store.open({folder, reader: world.stream})).rejects.toMatchObject({
    code: 'IOT_DATA_CORRUPT',
    message: expect.stringContaining(`${join(folder, name)} is damaged`) as string,
    hint: expect.stringContaining('move it aside and start again') as string,
  });

  // The hint is right: without that file everything is stored anew.
  await rm(join(folder, name));
  await using store = await Store.open({folder, reader: world.stream});
  await store.catchUp();
  expect((await store.query('default', COUNTS)).rows).toEqual([[5000, 5000, 5000]]);
});

it('names the damaged file when only a query meets the damage', async () => {
  await using world = await startStore();
  await world.put(...Array.from({length: 5000}, (_, index) => eventOf({n: index})));
  await world.store.close();
  const file = join(world.folder, 'default.duckdb');
  const {size} = await stat(file);
  for (let at = 3 * 4096; at + 64 < size; at += 262_144)
    await flip(file, at + 20_000 < size ? at + 20_000 : at);
  const store = await Store.open({folder: world.folder, reader: world.stream}).catch(
    (error: unknown) => error,
  );
  if (!(store instanceof Store)) {
    expect(store).toMatchObject({code: 'IOT_DATA_CORRUPT'});
    return;
  }
  await using opened = store;
  await expect(
    opened.query('default', {...COUNTS, sql: 'SELECT sum(length(body::VARCHAR)) FROM events'}),
  ).rejects.toMatchObject({
    code: 'IOT_DATA_CORRUPT',
  });
});

it.each([
  ['is empty', 0],
  ['is cut short', 5000],
])('does not take a file that %s for a database', async (_, length) => {
  await using world = await startStore();
  const folder = join(world.folder, 'other');
  await mkdir(folder);
  await copyFile(join(world.folder, 'default.duckdb'), join(folder, 'default.duckdb'));
  await truncate(join(folder, 'default.duckdb'), length);
  await expect(Store.open({folder, reader: world.stream})).rejects.toMatchObject({code: 'IOT_DATA_CORRUPT'});
});

it('does not touch a file that a newer iotctl wrote', async () => {
  await using world = await startStore();
  const folder = join(world.folder, 'newer');
  await mkdir(folder);
  const instance = await DuckDBInstance.create(join(folder, 'default.duckdb'));
  const connection = await instance.connect();
  await connection.run('CREATE SCHEMA internal');
  await connection.run('CREATE TABLE internal.schema_version AS SELECT 999 AS version');
  connection.closeSync();
  instance.closeSync();
  await expect(Store.open({folder, reader: world.stream})).rejects.toMatchObject({
    code: 'IOT_DATA_CORRUPT',
    message: expect.stringContaining('schema version 999') as string,
  });
});

it('does not open a file twice', async () => {
  await using world = await startStore();
  await expect(Store.open({folder: world.folder, reader: world.stream})).rejects.toMatchObject({
    code: 'IOT_DATA_HELD',
  });
});
