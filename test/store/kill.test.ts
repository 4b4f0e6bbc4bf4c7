import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DuckDBInstance} from '@duckdb/node-api';
import {expect, it} from 'vitest';

/** Of each round: how often the stream is read before the kill. */
const READS = [1, 2, 3, 5, 8];
const EVENTS = 400_000;
const CHILD = new URL('../support/store-child.js', import.meta.url).pathname;
const BUILT = new URL('../../build/store/store.js', import.meta.url).pathname;

/** Lets a process store into `folder`, and kills it when it reads the stream for that time; false when it was done before. */
async function storeAndKill(folder: string, reads: number): Promise<boolean> {
  const child = spawn(process.execPath, [CHILD, folder, String(EVENTS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let told = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    told += text;
    if (told.split('.').length > reads) child.kill('SIGKILL');
  }
  await exited;
  return !told.includes('done');
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
    for (const reads of READS) {
      if (await storeAndKill(folder, reads)) kills++;
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
