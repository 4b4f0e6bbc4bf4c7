/** `kill -9` while days are archived, merged, deleted and a device is erased: nothing is lost or doubled. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {expect, it} from 'vitest';
import {Store} from '../../src/store/store.js';
import {openReader} from '../support/made-stream.js';
import {temporaryFolder} from '../support/temporary-folder.js';

const ROUNDS = 2;
const EVENTS = 2000;
const all = Array.from({length: EVENTS}, (_, offset) => offset);

/** The eighth day is deleted, and thermostat-00007 erased. */
const mayGo = (offset: number): boolean => offset % 8 === 7 || offset % 50 === 7;

const CHILD = new URL('../support/history-child.js', import.meta.url).pathname;
const BUILT = new URL('../../dist/store/store.js', import.meta.url).pathname;

/** Tells whether it was killed before it was done; `afterMs` counts from when everything is stored. */
async function workAndKill(folder: string, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [CHILD, folder, String(EVENTS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  const done = once(child.stdout, 'data').then(() => true);
  const killed = !(await Promise.race([done, setTimeout(afterMs).then(() => false)]));
  if (killed) child.kill('SIGKILL');
  await exited;
  return killed;
}

/** What is stored of each day and device, over database and archive, and which files nobody counts. */
async function contents(folder: string) {
  await using store = await Store.open({folder, reader: openReader(folder, EVENTS)});
  const sql = `
    SELECT "offset", count(*), (SELECT count(*) FROM readings r WHERE r."offset" = e."offset")
    FROM events e GROUP BY "offset" ORDER BY "offset"`;
  const {rows} = await store.query('default', {sql, timeoutMs: 20_000, maxRows: EVENTS * 2});
  const {archive} = await store.status();
  const files = await readdir(join(folder, 'archive'), {recursive: true});
  return {
    rows,
    partitions: archive.partitions,
    files: files.filter(name => name.endsWith('.parquet')).length,
  };
}

it('neither loses nor doubles a row, and leaves no file behind', async () => {
  expect(existsSync(BUILT), `${BUILT} is missing: run "npm run build" first`).toBe(true);
  await using folder = await temporaryFolder();
  let kills = 0;
  for (let round = 0; round < ROUNDS; round++) {
    if (await workAndKill(folder.path, 20 + Math.random() * 300)) kills++;
    const {rows, partitions, files} = await contents(folder.path);
    expect(files).toBe(partitions);
    const counts = new Map(rows.map(([offset, ...found]) => [Number(offset), String(found)]));
    const wrong = all.filter(offset => {
      const found = counts.get(offset);
      return found === undefined ? !mayGo(offset) : found !== '1,2';
    });
    expect(wrong).toEqual([]);
  }
  expect(kills).toBeGreaterThan(0);
  expect(await workAndKill(folder.path, 60_000)).toBe(false);
  const {rows} = await contents(folder.path);
  expect(rows.map(([offset]) => Number(offset))).toEqual(all.filter(offset => !mayGo(offset)));
}, 60_000);
