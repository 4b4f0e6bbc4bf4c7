import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {DuckDBInstance} from '@duckdb/node-api';
import {expect, it} from 'vitest';

const ROUNDS = 5;
const EVENTS = 400_000;
const CHILD = new URL('../support/store-child.js', import.meta.url).pathname;
const BUILT = new URL('../../build/store/store.js', import.meta.url).pathname;

/** Lets a process store into `folder`, and kills it after a random while; false when it was done before. */
async function storeAndKill(folder: string): Promise<boolean> {
  const child = spawn(process.execPath, [CHILD, folder, String(EVENTS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  const done = once(child.stdout, 'data').then(() => true);
  const killed = !(await Promise.race([done, setTimeout(20 + Math.random() * 250).then(() => false)]));
  child.kill('SIGKILL');
  await exited;
  return killed;
}

/** Reads the file as the killed process left it. */
async function counts(folder: string): Promise<Record<string, number>> {
  const instance = await DuckDBInstance.create(join(folder, 'default.duckdb'));
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(`
      SELECT count(*) AS events, count(DISTINCT "offset") AS offsets, coalesce(max("offset") + 1, 0) AS next,
        count(*) FILTER ((body->>'n')::BIGINT = "offset") AS bodies,
        (SELECT count(*) FROM readings) AS readings,
        (SELECT count(DISTINCT ("offset", metric)) FROM readings
          WHERE value = if(metric = 'n', "offset", "offset" / 2)) AS right_readings,
        (SELECT max(next_offset) FROM internal.progress) AS progress
      FROM events`);
    return Object.fromEntries(
      Object.entries(reader.getRowObjects()[0]!).map(([name, value]) => [name, Number(value)]),
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const eachOnce = (events: number): Record<string, number> => ({
  events,
  offsets: events,
  next: events,
  bodies: events,
  readings: 2 * events,
  right_readings: 2 * events,
  progress: events,
});

it('stores each event once, however often it is killed', async () => {
  expect(existsSync(BUILT), `${BUILT} is missing: run "npm run build" first`).toBe(true);
  const folder = await mkdtemp(join(tmpdir(), 'iotctl-kill-'));
  try {
    let kills = 0;
    for (let round = 0; round < ROUNDS; round++) {
      if (await storeAndKill(folder)) kills++;
      const found = await counts(folder);
      expect(found).toEqual(eachOnce(found.events!));
    }
    expect(kills).toBeGreaterThan(0);

    const child = spawn(process.execPath, [CHILD, folder, String(EVENTS)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await counts(folder)).toEqual(eachOnce(EVENTS));
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
});
