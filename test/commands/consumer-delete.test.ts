/** consumer delete, with the files that it has written, against a real API and a real consumer. */
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it} from 'vitest';
import ConsumerDelete from '../../src/commands/consumer/delete.js';
import {numbered} from '../stream/sample-events.js';
import {runCommand} from '../support/run-command.js';
import {startConsumers} from '../support/start-consumers.js';
import {withContext} from '../support/with-context.js';

let started: Awaited<ReturnType<typeof startConsumers>>;
let context: Awaited<ReturnType<typeof withContext>>;
beforeEach(async () => {
  started = await startConsumers();
  context = await withContext(started.api.url, started.api.token);
  started.events.append(numbered(0));
  await started.client.create({name: 'lake', target: {kind: 'file'}, from: 'beginning'});
  await started.caughtUp('lake');
});
afterEach(async () => {
  await context[Symbol.asyncDispose]();
  await started[Symbol.asyncDispose]();
});

const folders = (): Promise<string[]> => readdir(join(started.filesFolder, 'default'));

it('deletes it with its files, and prints how many they were', async () => {
  const {bytes} = await started.client.files('lake');
  const {result, stdout, exitCode} = await runCommand(ConsumerDelete, 'lake', '--files', '--yes');
  expect(exitCode).toBe(0);
  expect(result).toEqual({id: 'lake', action: 'deleted', files: 1, bytes});
  expect(stdout).toMatch(/ID +lake\nACTION +deleted\nFILES +1\nSIZE +\d+ B/);
  expect((await started.client.list()).items).toEqual([]);
  expect(await folders()).toEqual([]);
});

it('leaves them without --files, and removes them later', async () => {
  const {stdout} = await runCommand(ConsumerDelete, 'lake', '--yes');
  expect(stdout).toMatch(/ACTION +deleted/);
  expect(await folders()).toEqual(['lake']);
  const later = await runCommand(ConsumerDelete, 'lake', '--files', '--yes');
  expect(later).toMatchObject({exitCode: 0, result: {action: 'files removed', files: 1}});
  expect(await folders()).toEqual([]);
});

it('deletes one that has written nothing', async () => {
  await started.client.create({name: 'idle', target: {kind: 'file'}});
  const {result} = await runCommand(ConsumerDelete, 'idle', '--files', '--yes');
  expect(result).toEqual({id: 'idle', action: 'deleted', files: 0, bytes: 0});
});

it('asks first, and says how much would go', async () => {
  const asked = await runCommand(ConsumerDelete, 'lake', '--files');
  expect(asked.stderr).toMatch(/Delete consumer lake, its 0 dead letters and 1 files \(\d+ B\)/);
  await started.client.remove('lake');
  const left = await runCommand(ConsumerDelete, 'lake', '--files');
  expect(left.stderr).toMatch(/deleted already. Remove 1 files \(\d+ B\)/);
  expect([asked.exitCode, left.exitCode]).toEqual([2, 2]);
  expect(await folders()).toEqual(['lake']);
});

it('ends with 4 where there is neither a consumer nor a file', async () => {
  for (const flags of [['--yes'], ['--files'], ['--files', '--yes']]) {
    const {exitCode, error} = await runCommand(ConsumerDelete, 'nobody', ...flags);
    expect([exitCode, error?.code], flags.join(' ')).toEqual([4, 'IOT_CONSUMER_UNKNOWN']);
  }
});
