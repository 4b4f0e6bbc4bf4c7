/** `kill -9` while days are archived, merged, deleted and a device is erased: nothing is lost or doubled. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {Store} from '../../src/store/store.js';
import {within} from '../support/deadline.js';
import {openReader} from '../support/made-stream.js';
import {temporaryFolder} from '../support/temporary-folder.js';

interface Death {
  readonly statement: string;
  readonly nth: number;
  readonly moment: 'before' | 'during' | 'behind';
}

/** One after the other, on what the one before has left. */
const DEATHS: readonly Death[] = [
  // A file is half written; it is a partition, and its rows have left, but for the commit.
  {statement: 'COPY', nth: 2, moment: 'during'},
  {statement: 'INSERT INTO internal.partitions', nth: 4, moment: 'behind'},
  // The same of files that were merged or deleted; then they lie there still.
  {statement: 'DELETE FROM internal.partitions', nth: 2, moment: 'behind'},
  {statement: 'COMMIT', nth: 6, moment: 'behind'},
  // The device is erased, but for the commit; then from some of the files.
  {statement: 'DELETE FROM "readings" WHERE device', nth: 1, moment: 'behind'},
  {statement: 'COPY', nth: 3, moment: 'behind'},
];

const EVENTS = 2000;
const all = Array.from({length: EVENTS}, (_, offset) => offset);

/** The eighth day is deleted, and thermostat-00007 erased. */
const mayGo = (offset: number): boolean => offset % 8 === 7 || offset % 50 === 7;

const CHILD = new URL('../support/history-child.js', import.meta.url).pathname;
const BUILT = new URL('../../build/store/store.js', import.meta.url).pathname;

/** Resolves to the signal that ended it, or to null when it was done. */
async function work(folder: string, death?: Death): Promise<NodeJS.Signals | null> {
  const told = death === undefined ? [] : [death.statement, String(death.nth), death.moment];
  const child = spawn(process.execPath, [CHILD, folder, String(EVENTS), ...told], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = (await within(once(child, 'exit'), 'the work to end', 60_000)) as [
    number | null,
    NodeJS.Signals | null,
  ];
  return signal;
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
  for (const death of DEATHS) {
    expect(await work(folder.path, death), JSON.stringify(death)).toBe('SIGKILL');
    const {rows, partitions, files} = await contents(folder.path);
    expect(files).toBe(partitions);
    const counts = new Map(rows.map(([offset, ...found]) => [Number(offset), String(found)]));
    const wrong = all.filter(offset => {
      const found = counts.get(offset);
      return found === undefined ? !mayGo(offset) : found !== '1,2';
    });
    expect(wrong).toEqual([]);
  }
  expect(await work(folder.path)).toBeNull();
  const {rows} = await contents(folder.path);
  expect(rows.map(([offset]) => Number(offset))).toEqual(all.filter(offset => !mayGo(offset)));
}, 120_000);
