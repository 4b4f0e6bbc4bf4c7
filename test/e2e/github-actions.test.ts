/** The example of a load test in GitHub Actions: its steps run here as they would there. */
import {existsSync, mkdirSync, readFileSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {expect, it} from 'vitest';
import {parse} from 'yaml';
import {temporaryFolder} from '../support/temporary-folder.js';

interface Workflow {
  readonly jobs: Readonly<
    Record<string, {readonly steps: readonly {readonly name?: string; readonly run?: string}[]}>
  >;
}

const ROOT = new URL('../..', import.meta.url).pathname;

it('comes with an example for GitHub Actions whose steps run as they are', async () => {
  await using home = await temporaryFolder();
  const bin = join(home.path, 'bin');
  mkdirSync(bin);
  symlinkSync(join(ROOT, 'bin/run.js'), join(bin, 'iotctl'));
  const {jobs} = parse(
    readFileSync(join(ROOT, 'templates/github-actions/load-test.yml'), 'utf8'),
  ) as Workflow;
  const steps = Object.values(jobs).flatMap(job => job.steps);
  // What it installs is what is tested here.
  const runs = steps.filter(({run}) => run !== undefined && !run.startsWith('npm install'));
  expect(runs.length).toBeGreaterThan(2);
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: home.path,
    XDG_CONFIG_HOME: join(home.path, 'config'),
    XDG_STATE_HOME: join(home.path, 'state'),
    GITHUB_STEP_SUMMARY: join(home.path, 'summary.md'),
    CI: 'true',
  };
  const results: unknown[] = [];
  for (const {run} of runs) {
    const {exitCode, all} = await execa('bash', ['-e', '-o', 'pipefail', '-c', run!], {
      ...{cwd: home.path, env, all: true, reject: false, timeout: 60_000},
    });
    results.push(exitCode === 0 ? 0 : `${run}: ${exitCode}\n${all}`);
  }
  expect(results).toEqual(runs.map(() => 0));
  expect(readFileSync(join(home.path, 'load-test.xml'), 'utf8')).toContain('puback.p99&lt;2s');
  expect(readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8')).toContain('puback');
  expect(existsSync(join(home.path, 'load-test.json'))).toBe(true);
});
