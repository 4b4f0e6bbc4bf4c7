/** `iotctl upload` against a real platform, which is killed in the middle of it. */
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import type {UploadSum} from '../../src/cli/upload/upload-run.js';
import {until} from '../support/deadline.js';
import {startPlatform} from '../support/start-platform.js';

const ROWS = 10_000;
const PART_ROWS = 2000;
const STARTED_MS = Date.UTC(2026, 0, 1);

it('stores each row once, though the platform is killed while they come', async () => {
  await using platform = await startPlatform();
  await platform.api.createDevice({id: 'press-1'});
  await platform.api.createDevice({id: 'press-2'});
  const file = join(platform.home, 'history.csv');
  const lines = Array.from(
    {length: ROWS},
    (_, index) => `press-${(index % 2) + 1},${STARTED_MS + index * 1000},${index}`,
  );
  await writeFile(file, `device,time,n\n${lines.join('\n')}\n`);

  const argv = ['upload', file, '--output', 'json'];
  const interrupted = platform.run(argv);
  await until(async () => (await platform.api.status()).gateway.eventsTotal > 10, 'parts to be taken');
  await platform.kill('SIGKILL');
  expect((await interrupted).exitCode).toBe(3);
  await platform.restart();

  const {stdout, stderr, exitCode} = await platform.run(argv);
  expect(stderr).toMatch(/Going on with what was begun at 20/);
  expect(exitCode).toBe(0);
  const sum = JSON.parse(String(stdout)) as UploadSum;
  expect(sum).toMatchObject({state: 'finished', rows: ROWS, refused: 0});
  expect(sum.before % PART_ROWS).toBe(0);
  expect(sum.accepted + sum.before).toBe(ROWS);

  const counted =
    'SELECT count(*), count(DISTINCT value), min(value), max(value), count(DISTINCT device) FROM readings';
  await until(
    async () => (await platform.api.query({sql: 'SELECT count(*) FROM readings'})).rows[0]![0] === ROWS,
    'all rows to be stored',
  );
  expect((await platform.api.query({sql: counted})).rows).toEqual([[ROWS, ROWS, 0, ROWS - 1, 2]]);
  await uploadPastTheStream(platform, file);
  // And never again.
  expect(JSON.parse(String((await platform.run(argv)).stdout))).toMatchObject({accepted: 0, before: ROWS});
});

/** The same file into the store alone: every row is there a second time, and the stream knows nothing of it. */
async function uploadPastTheStream(
  platform: Awaited<ReturnType<typeof startPlatform>>,
  file: string,
): Promise<void> {
  const argv = ['upload', file, '--into', 'store', '--output', 'json'];
  const before = (await platform.api.status()).store.rowsTotal;
  const interrupted = platform.run(argv);
  await until(
    async () => (await platform.api.status()).store.rowsTotal > before + 8,
    'parts to be in the store',
  );
  await platform.kill('SIGKILL');
  expect((await interrupted).exitCode).toBe(3);
  await platform.restart();
  const {stdout} = await platform.run(argv);
  const sum = JSON.parse(String(stdout)) as UploadSum;
  expect(sum.accepted + sum.before).toBe(ROWS);
  const counted = `SELECT count(*), count(DISTINCT value), count(DISTINCT device), count(*) FILTER ("offset" < 0) FROM readings`;
  expect((await platform.api.query({sql: counted})).rows).toEqual([[2 * ROWS, ROWS, 2, ROWS]]);
}
