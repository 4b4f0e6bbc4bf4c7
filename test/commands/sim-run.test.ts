import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import SimRun from '../../src/commands/sim/run.js';
import type {RunReport} from '../../src/sim/measure/run-report.js';
import {freePort, mosquittoInstalled, startMosquitto} from '../support/mosquitto.js';
import {runCommand} from '../support/run-command.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {withContext} from '../support/with-context.js';

it.skipIf(!mosquittoInstalled())('runs the devices of a file on a plain broker', async () => {
  await using _context = await withContext(undefined, '');
  await using broker = await startMosquitto();
  await using folder = await temporaryFolder();
  const identities = join(folder.path, 'devices.csv');
  await writeFile(identities, 'id,username\nlamp-1,ann\nlamp-2,ben\n');
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const argv = ['--url', url, '--identities', identities, '--no-keep-run', '-o', 'json'];
  const {stdout, exitCode} = await runCommand(
    SimRun,
    ...argv,
    '--devices',
    '2',
    '--rate',
    '40',
    '--duration',
    '500ms',
  );
  expect(exitCode).toBe(0);
  const report = JSON.parse(stdout) as RunReport;
  expect(report).toMatchObject({kind: 'sim run', clients: {wanted: 2, connected: 2}, failures: {total: 0}});
  expect(report.target.brokerVersion).toMatch(/^mosquitto version \d/);
  expect(report.counters.acknowledged.total).toBeGreaterThan(10);
  const {error} = await runCommand(SimRun, ...argv, '--devices', '3');
  expect(error).toMatchObject({code: 'IOT_INPUT_INVALID', message: expect.stringContaining('there are 2')});
});

it('fails with exit code 3 where nobody listens', async () => {
  await using _context = await withContext(undefined, '');
  const url = `mqtt://127.0.0.1:${await freePort()}`;
  const {exitCode, error} = await runCommand(
    SimRun,
    '--url',
    url,
    '--devices',
    '1',
    '--duration',
    '100ms',
    '--no-keep-run',
  );
  expect(error).toMatchObject({code: 'IOT_BROKER_UNREACHABLE'});
  expect(exitCode).toBe(3);
});
