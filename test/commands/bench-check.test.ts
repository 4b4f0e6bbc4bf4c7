/** What `bench check` and every load test say about this machine. */
import {captureOutput} from '@oclif/test';
import {expect, it} from 'vitest';
import {ensureFits} from '../../src/cli/load/ensure-fits.js';
import BenchCheck from '../../src/commands/bench/check.js';
import {runCommand} from '../support/run-command.js';
import {withContext} from '../support/with-context.js';

it('says how many connections fit', async () => {
  await using _ = await withContext(undefined, '');
  const {stdout, exitCode} = await runCommand(BenchCheck, '--devices', '10', '--output', 'json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toContainEqual(
    expect.objectContaining({name: 'open files', fits: expect.any(Number), state: 'ok'}),
  );
});

it('says what to type when they do not', async () => {
  await using _ = await withContext(undefined, '');
  const {stdout, stderr, exitCode} = await runCommand(BenchCheck, '--devices', '5000000', '--agents', '2');
  expect(exitCode).toBe(9);
  expect(stdout).toMatch(/^open files .* too low .*--agents \d+/m);
  expect(stderr).toContain('IOT_CHECK_FAILED');
});

it('says the same before a run', async () => {
  const planned = {connections: 5000, agents: 1, sources: [], brokers: [{host: '127.0.0.1', port: 1883}]};
  const {stderr} = await captureOutput(() => ensureFits(planned));
  expect(stderr).toMatch(/^5000 connections, \d+ fit \((open files|ports)\)$/m);
});
