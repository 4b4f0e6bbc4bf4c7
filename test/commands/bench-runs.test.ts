import {mkdir, readdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import {keepRun} from '../../src/cli/load/kept-runs.js';
import BenchCompare from '../../src/commands/bench/compare.js';
import BenchDelete from '../../src/commands/bench/delete.js';
import BenchList from '../../src/commands/bench/list.js';
import BenchMerge from '../../src/commands/bench/merge.js';
import BenchShow from '../../src/commands/bench/show.js';
import type {RunReport} from '../../src/sim/measure/run-report.js';
import {reportOf} from '../sim/measure/sample-run.js';
import {runCommand} from '../support/run-command.js';
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

const named = (name: string | null, id: string): RunReport => ({...reportOf({sent: 10}), name, id});

it('lists runs, the newest first, and shows the one that is meant', async () => {
  await keepRun(named('nightly', '20260101-000000-aaaaaa'));
  await keepRun(named('nightly', '20260102-000000-bbbbbb'));
  await keepRun(named(null, '20260103-000000-cccccc'));
  const list = await runCommand(BenchList, '--quiet');
  expect(list.stdout.split('\n')).toEqual([
    '20260103-000000-cccccc',
    '20260102-000000-bbbbbb',
    '20260101-000000-aaaaaa',
    '',
  ]);
  expect((await runCommand(BenchList, '--name', 'nightly', '--limit', '1', '-q')).stdout).toBe(
    '20260102-000000-bbbbbb\n',
  );
  expect((await runCommand(BenchList, '--failed', '-o', 'json')).result).toEqual([]);
  for (const [meant, id] of [
    ['last', '20260103-000000-cccccc'],
    ['nightly', '20260102-000000-bbbbbb'],
    ['20260101', '20260101-000000-aaaaaa'],
  ] as const)
    expect((await runCommand(BenchShow, meant, '-q')).stdout).toBe(`${id}\n`);
  expect(await runCommand(BenchShow, '2026')).toMatchObject({error: {code: 'IOT_USAGE'}});
  expect(await runCommand(BenchShow, 'weekly')).toMatchObject({
    error: {code: 'IOT_RUN_UNKNOWN'},
    exitCode: 4,
  });
});

it('keeps reports for their owner alone, and the newest hundred', async () => {
  for (let number = 100; number < 203; number++) await keepRun(named(null, `20260101-000${number}-aaaaaa`));
  const runs = join(folder.path, 'iotctl', 'runs');
  const files = await readdir(runs);
  expect(files).toHaveLength(100);
  expect(files.sort()[0]).toBe('20260101-000103-aaaaaa.json');
  expect((await stat(join(runs, files[0]!))).mode & 0o777).toBe(0o600);
});

it('names a file that is no report, and lists the others', async () => {
  await keepRun(named(null, '20260101-000000-aaaaaa'));
  await writeFile(join(folder.path, 'iotctl', 'runs', '20260102-000000-bbbbbb.json'), '{"version":1}');
  const list = await runCommand(BenchList, '-q');
  expect(list.stdout).toBe('20260101-000000-aaaaaa\n');
  expect(list.stderr).toContain('20260102-000000-bbbbbb.json is no report of a run: id: ');
});

it('deletes runs when told to', async () => {
  await keepRun(named(null, '20260101-000000-aaaaaa'));
  await keepRun(named(null, '20260102-000000-bbbbbb'));
  expect(await runCommand(BenchDelete, '20260101')).toMatchObject({error: {code: 'IOT_USAGE'}});
  await runCommand(BenchDelete, '20260101', '20260102', '--dry-run');
  expect((await runCommand(BenchDelete, '20260101', '20260102', '--yes')).exitCode).toBe(0);
  expect((await runCommand(BenchList, '-q')).stdout).toBe('');
});

const write = async (name: string, report: RunReport): Promise<string> => {
  const file = join(folder.path, name);
  await mkdir(folder.path, {recursive: true});
  await writeFile(file, JSON.stringify(report));
  return file;
};

it('compares two runs, and refuses two that did not do the same', async () => {
  const latenciesMs = Array.from({length: 1000}, () => 10);
  const before = await write('before.json', reportOf({latenciesMs}));
  const after = await write('after.json', reportOf({latenciesMs: latenciesMs.map(ms => ms * 1.5)}));
  const other = await write('other.json', reportOf({facts: {options: {devices: 2, qos: 1}}}));
  const shown = await runCommand(BenchCompare, before, after);
  expect(shown.exitCode).toBe(0);
  expect(shown.stdout).toMatch(/e2e\.p99 +10 ms +15 ms +\+50\.\d % +worse/);
  const judged = await runCommand(BenchCompare, before, after, '--max-regression', '10%', '-o', 'json');
  expect(judged).toMatchObject({exitCode: 9, error: {code: 'IOT_RUN_REGRESSED'}});
  expect(JSON.parse(judged.stdout)).toMatchObject({regressions: 4});
  const refused = await runCommand(BenchCompare, before, other);
  expect(refused.error).toMatchObject({code: 'IOT_RUNS_INCOMPARABLE'});
  expect(refused.stderr).toContain('qos was 0, not 1');
});

it('makes one report of the parts of several machines', async () => {
  const first = await write('a.json', reportOf({sent: 10, lost: [3], latenciesMs: [1]}));
  const second = await write('b.json', reportOf({sent: 5, latenciesMs: [2], facts: {clients: 3}}));
  const merged = await runCommand(
    BenchMerge,
    first,
    second,
    '--threshold',
    'lost<=1',
    '--name',
    'both',
    '-o',
    'json',
  );
  expect(JSON.parse(merged.stdout)).toMatchObject({
    name: 'both',
    counters: {sent: {total: 15}},
    delivery: {expected: 15, lost: 1},
    latency: {e2e: {count: 2, min: 1, max: 2}},
    thresholds: [{text: 'lost<=1', value: 1, ok: true}],
  });
  expect((await runCommand(BenchShow, 'both', '-o', 'json')).result).toMatchObject({name: 'both'});
  expect((await runCommand(BenchMerge, first, first)).error).toMatchObject({code: 'IOT_RUNS_INCOMPARABLE'});
  const nothing = await write('c.json', {} as RunReport);
  expect((await runCommand(BenchMerge, first, nothing)).error).toMatchObject({code: 'IOT_INPUT_INVALID'});
});
