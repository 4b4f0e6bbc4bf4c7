/** What load tests say when something is wrong: with the input, with the broker, or with who asks. */
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import BenchE2e from '../../src/commands/bench/e2e.js';
import BenchPub from '../../src/commands/bench/pub.js';
import type {RunReport} from '../../src/sim/measure/run-report.js';
import {freePort, mosquittoInstalled, startMosquitto} from '../support/mosquitto.js';
import {certificateMaker} from '../support/openssl-certificates.js';
import {type CommandRun, runCommand} from '../support/run-command.js';
import {temporaryFolder} from '../support/temporary-folder.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
  vi.stubEnv('XDG_STATE_HOME', folder.path);
  vi.stubEnv('XDG_CONFIG_HOME', folder.path);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
});

const DEFAULTS = {'--devices': '4', '--rate': '200', '--duration': '200ms', '--output': 'json'};

const pub = (url: string, ...flags: string[]): Promise<CommandRun> =>
  runCommand(
    BenchPub,
    ...['--url', url, ...flags],
    ...Object.entries(DEFAULTS).flatMap(pair => (flags.includes(pair[0]) ? [] : pair)),
  );

const reportIn = ({stdout}: CommandRun): RunReport => JSON.parse(stdout) as RunReport;

describe('input', () => {
  it.each([
    ['', 'list.csv:1: expected a header and at least one row'],
    ['id\n', 'list.csv:1: expected a header and at least one row'],
    ['id,nope\na,b\n', 'list.csv:1: expected columns among id, username, password, cert, key, found "nope"'],
    ['id,username,password\na,b,c\nd,e\n', 'list.csv:3: expected 3 columns like the header, found 2'],
    ['id,username\na,b\na,c\n', 'list.csv:3: expected an id of its own, found "a" of line 2 again'],
    ['id,cert,key\na,x.pem,y.pem\n', 'list.csv:2: cannot read'],
    ['id,cert,key\na,list.csv,\n', 'list.csv:2: expected both cert and key, found only cert'],
    ['id\n"a\n', 'list.csv:2: '],
  ])('refuses identities %j', async (text, why) => {
    const file = join(folder.path, 'list.csv');
    await writeFile(file, text);
    const {exitCode, error} = await pub('mqtt://127.0.0.1:1', '--identities', file);
    expect(error?.message).toContain(why);
    expect(exitCode).toBe(7);
  });

  it.each([
    [['--rate', '0'], 'expected messages per second, such as 1000, or max'],
    [['--stage', 'x'], 'expected DURATION:RATE, such as 30s:1000'],
    [['--threshold', 'foo<1'], 'no metric "foo"; did you mean lost?'],
    [['--payload', '{nope}'], '--payload, column 1: no variable {nope}'],
    [['--source', '10.9.9.9'], '10.9.9.9 is no address of this machine'],
    [['--inflight', '0'], 'greater than or equal to 1'],
  ])('refuses %j', async (flags, why) => {
    const argv = ['--url', 'mqtt://127.0.0.1:1', '--devices', '1', ...flags];
    const {exitCode, stderr} = await runCommand(BenchPub, ...argv);
    expect(stderr).toContain(why);
    expect(exitCode).toBe(2);
  });
});

it('ends soon, with 3, when no broker is there', async () => {
  const run = await pub('mqtt://127.0.0.1:1');
  expect(run.exitCode).toBe(3);
  expect(run.stderr).toContain('ECONNREFUSED 20×');
  expect(reportIn(run).durationMs).toBeLessThan(5000);
});

describe.skipIf(!mosquittoInstalled())('a broker', () => {
  it('that refuses everybody makes it end with 6, and is counted by its reason', async () => {
    const file = join(folder.path, 'passwords');
    await execa('mosquitto_passwd', ['-b', '-c', file, 'joe', 'secret']);
    await using broker = await startMosquitto(`password_file ${file}`);
    const run = await pub(broker.url);
    expect(run.exitCode).toBe(6);
    expect(reportIn(run).failures.byReason).toEqual([{kind: 'connect', reason: 'not-authorized', count: 4}]);
    await writeFile(join(folder.path, 'list.csv'), `username,password\n${'joe,secret\n'.repeat(4)}`);
    const known = await pub(broker.url, '--identities', join(folder.path, 'list.csv'));
    expect(known.exitCode).toBe(0);
    expect(reportIn(known)).toMatchObject({clients: {connected: 4}, failures: {total: 0}});
  });

  it('that dies makes it end with 9, with what was not sent', async () => {
    await using broker = await startMosquitto();
    const seen = execa('mosquitto_sub', ['-p', String(broker.port), '-t', 'bench/#', '-C', '5']);
    const running = pub(broker.url, '--duration', '1500ms', '--drain', '50ms', '--prometheus', '0');
    await seen;
    await broker.kill();
    const run = await running;
    expect(run.exitCode).toBe(9);
    const reasons = reportIn(run).failures.byReason.map(({kind, reason}) => `${kind} ${reason}`);
    expect(reasons.join()).toMatch(/connection (?:closed|reset)/);
    expect(reasons).toContain('publish not-sent');
  });

  it('that allows few messages at a time gets no more of them', async () => {
    await using broker = await startMosquitto('max_inflight_messages 3');
    const run = await pub(broker.url, '--devices', '1', '--inflight', '100', '--rate', '5000');
    expect(run.exitCode).toBe(0);
    const {counters, gauges, target} = reportIn(run);
    expect(target.brokerVersion).toMatch(/^mosquitto version \d/);
    expect(counters.acknowledged.total).toBe(1000);
    expect(gauges.inFlight.max).toBeLessThanOrEqual(3);
  });

  it('is reached over TLS with certificates of clients, and over WebSocket, in one run', async () => {
    await using made = await certificateMaker();
    const ca = await made.make({name: 'ca', isCa: true});
    const server = await made.make({name: 'broker', issuer: ca});
    const client = await made.make({name: 'client', issuer: ca, usage: 'clientAuth'});
    const [tls, ws] = [await freePort(), await freePort()];
    await using _broker = await startMosquitto(
      ...[`listener ${tls} 127.0.0.1`, `cafile ${ca.path}`, `certfile ${server.path}`],
      ...[`keyfile ${server.path.slice(0, -4)}.key`, 'require_certificate true', 'allow_anonymous true'],
      ...[`listener ${ws} 127.0.0.1`, 'protocol websockets', 'allow_anonymous true'],
    );
    const urls = ['--url', `mqtts://127.0.0.1:${tls}`, '--url', `ws://127.0.0.1:${ws}/mqtt`];
    const load = [
      '--devices',
      '4',
      '--rate',
      '200',
      '--duration',
      '200ms',
      '-o',
      'json',
      '--ca',
      `${ca.path}`,
    ];
    const mutual = ['--cert', `${client.path}`, '--key', `${client.path.slice(0, -4)}.key`];
    const run = await runCommand(BenchE2e, ...urls, ...load, ...mutual);
    expect(run.stderr).not.toContain('Error');
    const report = reportIn(run);
    expect(report).toMatchObject({clients: {connected: 8}, delivery: {expected: 40, lost: 0}});
    expect(report.latency.tls?.count).toBe(4);
    const stranger = await runCommand(BenchE2e, ...urls.slice(0, 2), ...load);
    expect(stranger.exitCode).toBe(3);
    expect(reportIn(stranger).failures.byReason[0]).toMatchObject({kind: 'connect'});
  });
});
