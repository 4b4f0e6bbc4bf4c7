import {mkdir, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parse as parseCsv} from 'csv-parse/sync';
import {type SaxesAttributePlain, SaxesParser} from 'saxes';
import {afterEach, beforeEach, expect, it, vi} from 'vitest';
import {reportMarkdown} from '../../../src/cli/load/report-files.js';
import {reportJunit} from '../../../src/cli/load/report-junit.js';
import {type OutcomePrinter, RunOutcome} from '../../../src/cli/load/run-outcome.js';
import type {RunReport} from '../../../src/sim/measure/run-report.js';
import {reportOf} from '../../sim/measure/sample-run.js';
import {temporaryFolder} from '../../support/temporary-folder.js';

const SILENT: OutcomePrinter = {report: async () => {}, comparison: async () => {}};
const NOT_KEPT = {'no-keep-run': true};
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
  vi.stubEnv('XDG_STATE_HOME', folder.path);
  vi.stubEnv('GITHUB_STEP_SUMMARY', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  await folder[Symbol.asyncDispose]();
});

async function conclude(report: RunReport, flags: Parameters<typeof RunOutcome.prepare>[0]): Promise<void> {
  const outcome = await RunOutcome.prepare({...NOT_KEPT, ...flags});
  await outcome.conclude(report, SILENT);
}

it('writes every format, whatever the run came to, and then says what it came to', async () => {
  const files = ['json', 'junit', 'md', 'csv'].map(
    format => `${format}:${join(folder.path, `report.${format}`)}`,
  );
  const report = reportOf({sent: 10, lost: [3], latenciesMs: [1, 2], thresholds: ['lost==0']});
  await expect(conclude(report, {summary: files})).rejects.toMatchObject({code: 'IOT_THRESHOLD_MISSED'});
  expect((await readdir(folder.path)).sort()).toEqual([
    'report.csv',
    'report.json',
    'report.junit',
    'report.md',
  ]);
  expect(JSON.parse(await readFile(join(folder.path, 'report.json'), 'utf8'))).toEqual(report);
  const rows = parseCsv(await readFile(join(folder.path, 'report.csv'), 'utf8'), {columns: true}) as object[];
  expect(rows).toContainEqual(expect.objectContaining({metric: 'lost', value: '1', run: report.id}));
  expect(rows).toContainEqual(expect.objectContaining({metric: 'e2e.max', value: '2', unit: 'ms'}));
});

it('adds to the summary of a GitHub step', async () => {
  const file = join(folder.path, 'step.md');
  await writeFile(file, '# Before\n');
  vi.stubEnv('GITHUB_STEP_SUMMARY', file);
  await conclude(reportOf({sent: 10, latenciesMs: [1]}), {});
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(/^# Before\n### ✅ bench e2e\n/);
  expect(text).toContain('| delivered | 10 of 10, 0 lost');
});

it('ends an interrupted run with 130, after its summary', async () => {
  const report = {...reportOf({sent: 10, lost: [1]}), ending: {state: 'interrupted', reason: null}} as const;
  const file = join(folder.path, 'report.json');
  await conclude(report, {summary: [`json:${file}`]});
  expect(process.exitCode).toBe(130);
  expect((await stat(file)).size).toBeGreaterThan(0);
});

it.each([
  [{failures: [['not-authorized', 2]], connected: 0}, 'IOT_MQTT_REFUSED'],
  [{failures: [['ECONNREFUSED', 2]], connected: 0}, 'IOT_BROKER_UNREACHABLE'],
  [{failures: [['ECONNREFUSED', 1]], connected: 1}, 'IOT_THRESHOLD_MISSED'],
] as const)('ends %j with %s', async ({failures, connected}, code) => {
  const run = reportOf({failures: failures.map(([reason, count]) => [reason, count])});
  await expect(conclude({...run, clients: {wanted: 2, connected}}, {})).rejects.toMatchObject({code});
});

it.each([
  ['xml:report.xml', 'IOT_USAGE'],
  ['report.json', 'IOT_USAGE'],
  ['json:', 'IOT_USAGE'],
  ['json:/no/such/folder/report.json', 'IOT_INPUT_INVALID'],
  ['json:/tmp', 'IOT_INPUT_INVALID'],
])('refuses --summary %s before the run begins', async (text, code) => {
  await expect(RunOutcome.prepare({summary: [text]})).rejects.toMatchObject({code});
});

it('writes to a device without putting a file in its place', async () => {
  await conclude(reportOf({}), {summary: ['json:/dev/null']});
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
});

it('writes the other files when one cannot be written any more', async () => {
  await mkdir(join(folder.path, 'gone'));
  const [lost, kept] = [join(folder.path, 'gone', 'a.json'), join(folder.path, 'b.json')];
  const outcome = await RunOutcome.prepare({...NOT_KEPT, summary: [`json:${lost}`, `json:${kept}`]});
  await rm(join(folder.path, 'gone'), {recursive: true});
  await expect(outcome.conclude(reportOf({}), SILENT)).rejects.toMatchObject({code: 'IOT_INPUT_INVALID'});
  expect((await stat(kept)).size).toBeGreaterThan(0);
});

it('shows a regression, and refuses a baseline that did something else', async () => {
  const latencies = Array.from({length: 1000}, (_, index) => 10 + index / 1000);
  const baseline = join(folder.path, 'baseline.json');
  await writeFile(baseline, JSON.stringify(reportOf({latenciesMs: latencies})));
  const slower = reportOf({latenciesMs: latencies.map(ms => ms * 1.2)});
  await expect(conclude(slower, {baseline})).rejects.toMatchObject({code: 'IOT_RUN_REGRESSED'});
  await conclude(slower, {baseline, 'max-regression': 30});
  const outcome = await RunOutcome.prepare({baseline});
  await expect(outcome.expect({kind: 'bench e2e', options: {devices: 3, qos: 0}})).rejects.toThrow(
    'devices was 2, not 3',
  );
});

const HOSTILE = `"><script>&amp;</x>]]>\u0000\u001b[31m\ud800\n|*\``;

/** Ant's schema, and Jenkins' own: the order of a suite's parts, and the attributes that have to be there. */
it.each([
  ['with nothing to say', reportOf({})],
  [
    'with thresholds',
    reportOf({sent: 5, lost: [1], latenciesMs: [1], thresholds: ['lost==0', 'e2e.p99<1s', 'cmd.max<1s']}),
  ],
  [
    'with hostile names',
    reportOf({failures: [[HOSTILE, 1]], facts: {name: HOSTILE, options: {topic: HOSTILE, none: null}}}),
  ],
])('is JUnit that any reader takes, %s', (_what, report) => {
  const elements = elementsOf(reportJunit(report));
  const [suite] = elements.filter(({path}) => path === 'testsuites/testsuite');
  expect(Object.keys(suite!.attributes)).toEqual(
    expect.arrayContaining([
      'id',
      'package',
      'name',
      'timestamp',
      'hostname',
      'tests',
      'failures',
      'errors',
      'time',
    ]),
  );
  expect(suite!.attributes.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  const parts = elements.map(({path}) => path).filter(path => /^testsuites\/testsuite\/[^/]+$/.test(path));
  const cases = report.thresholds.length + 1;
  expect(parts.map(path => path.split('/')[2])).toEqual([
    'properties',
    ...Array.from({length: cases}, () => 'testcase'),
    'system-out',
    'system-err',
  ]);
  const failed = elements.filter(({path}) => path.endsWith('/testcase/failure'));
  const missed = report.thresholds.filter(({ok}) => !ok).length;
  const unaccounted = report.verdict.problems.length > missed ? 1 : 0;
  expect(failed).toHaveLength(missed + unaccounted);
  expect(suite!.attributes).toMatchObject({
    tests: String(cases),
    failures: String(failed.length),
    errors: '0',
  });
});

it('shows markup of strangers in Markdown, and does not obey it', () => {
  const text = reportMarkdown(reportOf({failures: [[HOSTILE, 1]], facts: {name: HOSTILE}}));
  expect(text).not.toContain('<script>');
  expect(text.split('\n').filter(line => line.includes('script'))).not.toHaveLength(0);
});

interface Element {
  readonly path: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Throws for what is no well-formed XML 1.0. */
function elementsOf(xml: string): Element[] {
  const elements: Element[] = [];
  const open: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', error => {
    throw error;
  });
  parser.on(
    'opentag',
    ({name, attributes}: {name: string; attributes: Record<string, string | SaxesAttributePlain>}) => {
      open.push(name);
      elements.push({path: open.join('/'), attributes: attributes as Record<string, string>});
    },
  );
  parser.on('closetag', () => open.pop());
  parser.write(xml).close();
  return elements;
}
