/** An export whose command is killed, and then its platform: the same command goes on, and nothing is missing or twice. */
import {existsSync, readFileSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {DuckDBInstance} from '@duckdb/node-api';
import {execa} from 'execa';
import {expect, it} from 'vitest';
import {until} from '../support/deadline.js';
import {startPlatform} from '../support/start-platform.js';

const BIN = new URL('../../bin/run.js', import.meta.url).pathname;
const DAY_MS = 86_400_000;
const DAYS = 30;
const PER_DAY = 5;

it('goes on where it was killed, and is read elsewhere as what is stored', async () => {
  await using platform = await startPlatform();
  await sayAll(platform);
  await platform.api.retention.set({typed: {archiveAfterDays: 15}});
  await platform.api.retention.run({compact: false});
  const folder = join(platform.home, 'out');
  const run = () =>
    execa(process.execPath, [BIN, 'export', '--table', 'readings', '--to', folder, '-o', 'json'], {
      env: platform.env,
      reject: false,
    });

  const killed = run();
  await journalOf(folder, 4);
  killed.kill('SIGKILL');
  await killed;
  expect(existsSync(join(folder, 'manifest.json'))).toBe(false);

  const orphaned = run();
  const before = linesOf(folder);
  await journalOf(folder, before + 4);
  await platform.kill('SIGKILL');
  expect((await orphaned).exitCode).toBe(3);
  await platform.restart();

  const [table] = JSON.parse((await run()).stdout) as {kept: number; written: number}[];
  expect(table!.kept).toBeGreaterThanOrEqual(6);
  expect(table!.kept + table!.written).toBe(DAYS);
  const names = await readdir(folder, {recursive: true});
  expect(names.filter(name => /part-|journal/.test(name))).toEqual([]);
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as {rows: number};
  expect(manifest.rows).toBe(DAYS * PER_DAY);

  const sql =
    'SELECT count(*)::INT, count(DISTINCT value)::INT, sum(value), count(DISTINCT CAST(time AS DATE))::INT FROM';
  const connection = await (await DuckDBInstance.create()).connect();
  const there = await connection.runAndReadAll(
    `${sql} read_parquet('${folder}/readings/**/*.parquet', hive_partitioning = true) WHERE tenant = 'default' AND day = CAST(time AS DATE)`,
  );
  expect(there.getRows()).toEqual((await platform.api.query({sql: `${sql} readings`})).rows);
}, 60_000);

type Platform = Awaited<ReturnType<typeof startPlatform>>;

/** One device, and a reading each for some hours of many days. */
async function sayAll(platform: Platform): Promise<void> {
  const {username, password} = await platform.device('meter-1');
  const midnightMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const readings = Array.from({length: DAYS * PER_DAY}, (_, n) => ({
    ts: midnightMs - (n % DAYS) * DAY_MS + Math.floor(n / DAYS) * 1000,
    v: {n},
  }));
  const response = await fetch(`${platform.address.apiUrl}/v1/devices/meter-1/telemetry`, {
    method: 'POST',
    headers: {authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`},
    body: JSON.stringify(readings),
  });
  expect(response.status).toBe(202);
  await until(async () => (await platform.api.status()).store.lag === 0, 'everything to be stored');
}

const linesOf = (folder: string): number => {
  const journal = join(folder, 'export.journal');
  return existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 1 : 0;
};

/** Until so many lines are in it. */
const journalOf = (folder: string, lines: number): Promise<void> =>
  until(() => linesOf(folder) >= lines, 'files to be written');
