import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import SimRun from '../../src/commands/sim/run.js';
import type {RunReport} from '../../src/sim/measure/run-report.js';
import {freePort, mosquittoInstalled, startMosquitto} from '../support/mosquitto.js';
import {certificateMaker} from '../support/openssl-certificates.js';
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

const run = (url: string, ...flags: string[]) =>
  runCommand(SimRun, '--url', url, '--no-keep-run', '-o', 'json', ...flags);

const reportIn = ({stdout}: {stdout: string}) => JSON.parse(stdout) as RunReport;

describe.skipIf(!mosquittoInstalled())('a fleet', () => {
  it('is shared out over brokers, and shows certificates of its own or one for all', async () => {
    await using _context = await withContext(undefined, '');
    await using made = await certificateMaker();
    const ca = await made.make({name: 'ca', isCa: true});
    const server = await made.make({name: 'broker', issuer: ca});
    const keyOf = ({path}: {path: string}) => `${path.slice(0, -4)}.key`;
    const lamps = await Promise.all(
      ['lamp-1', 'lamp-2'].map(name => made.make({name, issuer: ca, usage: 'clientAuth'})),
    );
    const port = await freePort();
    await using broker = await startMosquitto(
      ...[`listener ${port} 127.0.0.1`, `cafile ${ca.path}`, `certfile ${server.path}`],
      ...[`keyfile ${keyOf(server)}`, 'require_certificate true', 'use_identity_as_username true'],
    );
    await using folder = await temporaryFolder();
    const identities = join(folder.path, 'devices.csv');
    const rows = lamps.map((lamp, index) => `lamp-${index + 1},${lamp.path},${keyOf(lamp)}\n`);
    await writeFile(identities, `id,cert,key\n${rows.join('')}`);
    const tls = `mqtts://127.0.0.1:${port}`;
    const load = ['--devices', '2', '--rate', '40', '--duration', '300ms', '--ca', ca.path];

    const own = await run(tls, ...load, '--identities', identities);
    expect(own.stderr).not.toContain('Error');
    expect(reportIn(own)).toMatchObject({clients: {connected: 2}, latency: {tls: {count: 2}}});

    const shared = await run(
      tls,
      '--url',
      broker.url,
      ...load,
      '--cert',
      lamps[0]!.path,
      '--key',
      keyOf(lamps[0]!),
    );
    expect(shared.stderr).not.toContain('Error');
    expect(reportIn(shared)).toMatchObject({
      target: {urls: [tls, broker.url], brokerVersion: expect.stringContaining('mosquitto')},
      clients: {connected: 2},
      latency: {tls: {count: 1}},
    });

    const stranger = await run(tls, ...load);
    expect(stranger.exitCode).toBe(3);
  });

  it('has the rate that was asked for, whatever its devices are made of', async () => {
    await using _context = await withContext(undefined, '');
    await using broker = await startMosquitto();
    const pumps = ['--model', 'pump', '--devices', '3', '--qos', '1'];
    const steady = await run(broker.url, ...pumps, '--rate', '100', '--duration', '1s');
    // A pump tells of four things; the first and the last message may lie on either side of the end.
    expect(Math.abs(reportIn(steady).counters.sent.total - 100)).toBeLessThanOrEqual(12);
  });

  it.each([
    [['--stage', 'x'], 'expected DURATION:RATE'],
    [['--stage', '1s:10', '--duration', '1s'], '--duration'],
    [['--stage', '1s:10', '--from', '1h'], '--from'],
    [['--stage', '1s:10', '--accelerate', '10x'], '--accelerate'],
    [['--cert', 'a.pem'], '--key'],
  ])('refuses %j', async (flags, why) => {
    const {exitCode, stderr} = await run('mqtt://127.0.0.1:1', ...flags);
    expect(stderr).toContain(why);
    expect(exitCode).toBe(2);
  });
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
