/**
 * A report as JUnit XML, which Jenkins, GitLab, GitHub actions and others read: a test case for each threshold and one
 * for the whole account. It keeps to the schema of Ant's JUnit task and to Jenkins' own, which asks for less.
 */
import {hostname} from 'node:os';
import {metricText} from '../../sim/measure/metric-text.js';
import type {RunReport} from '../../sim/measure/run-report.js';
import {parseThreshold} from '../../sim/measure/threshold.js';
import {plain} from '../color.js';
import {reportText} from './report-text.js';

const ACCOUNT = 'every connection and message accounted for';

export function reportJunit(report: RunReport): string {
  const cases = [...thresholdCases(report), accountCase(report)];
  const failures = cases.filter(({failure}) => failure !== undefined).length;
  const seconds = (report.durationMs / 1000).toFixed(3);
  const suite = attributes({
    id: '0',
    package: 'iotctl',
    name: report.name ?? report.kind,
    // The schema knows no time zone; it is UTC.
    timestamp: report.startedAt.slice(0, 19),
    hostname: hostname(),
    tests: String(cases.length),
    failures: String(failures),
    errors: '0',
    time: seconds,
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite${suite}>`,
    '    <properties>',
    ...propertiesOf(report).map(([name, value]) => `      <property${attributes({name, value})}/>`),
    '    </properties>',
    ...cases.map(testCase => caseXml(testCase, report.kind, seconds)),
    `    <system-out>${escaped(reportText(report, {widthMax: undefined, paint: plain, nowMs: 0}))}</system-out>`,
    `    <system-err>${escaped(report.verdict.warnings.join('\n'))}</system-err>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

interface TestCase {
  readonly name: string;
  readonly failure: string | undefined;
}

const thresholdCases = ({thresholds}: RunReport): TestCase[] =>
  thresholds.map(({text, value, ok}) => ({
    name: text,
    failure: ok
      ? undefined
      : value === null
        ? 'it was not measured'
        : `it was ${metricText(value, parseThreshold(text).unit)}`,
  }));

/** What is wrong beyond thresholds, so that a report without any is a test, too. */
function accountCase({verdict, thresholds}: RunReport): TestCase {
  const missed = new Set(thresholds.map(({text}) => `threshold missed: ${text}`));
  const problems = verdict.problems.filter(problem => !missed.has(problem));
  return {name: ACCOUNT, failure: problems.length === 0 ? undefined : problems.join('; ')};
}

function caseXml({name, failure}: TestCase, classname: string, time: string): string {
  const head = `    <testcase${attributes({classname, name, time})}`;
  if (failure === undefined) return `${head}/>`;
  return `${head}>\n      <failure${attributes({type: 'missed', message: failure})}/>\n    </testcase>`;
}

const propertiesOf = ({id, target, environment, options, adaptive}: RunReport): [string, string][] => [
  ['run', id],
  ...(adaptive === undefined
    ? []
    : [['highestRatePerSec', String(adaptive.highestRatePerSec ?? 0)] as [string, string]]),
  ['target', target.urls.join(' ')],
  ['iotctl', environment.iotctl],
  ['node', environment.node],
  ['os', environment.os],
  ['cpu', `${environment.cpu} × ${environment.cores}`],
  ...Object.entries(options)
    .filter(([, value]) => value !== null)
    .map(([name, value]): [string, string] => [`option.${name}`, String(value)]),
];

const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(
      ([name, value]) =>
        ` ${name}="${escaped(value).replaceAll(/[\t\n\r]/g, char => `&#${char.charCodeAt(0)};`)}"`,
    )
    .join('');

/** Characters that XML 1.0 has no way to say, escaped or not, become the one that stands for them. */
const UNSAYABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
const ENTITIES: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};

const escaped = (text: string): string =>
  text.replaceAll(UNSAYABLE, '\ufffd').replaceAll(/[&<>"]/g, char => ENTITIES[char]!);
