import {readFileSync} from 'node:fs';
import {expect, it} from 'vitest';
import {parseRunReport, runReportJsonSchema} from '../../../src/sim/measure/run-report-schema.js';
import {reportOf} from './sample-run.js';

const FILE = new URL('../../../templates/schemas/run-report.schema.json', import.meta.url);

it('the schema for tools is the one that reports are read by', () => {
  expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(JSON.stringify(runReportJsonSchema())));
});

it('reads what a run reports', () => {
  const report = reportOf({sent: 10, lost: [3], latenciesMs: [1, 2], thresholds: ['lost==0', 'cmd.p99<1s']});
  expect(parseRunReport(JSON.stringify(report), 'report.json')).toEqual(report);
});

it.each([
  ['', 'report.json is no report of a run: Unexpected end of JSON input'],
  ['[]', 'report.json is no report of a run: Invalid input: expected object'],
  [JSON.stringify({...reportOf({}), version: 2}), 'version: Invalid input: expected 1'],
  [JSON.stringify({...reportOf({}), id: '../../etc'}), 'id: '],
  [
    JSON.stringify(reportOf({latenciesMs: [1]})).replace(/"histogram":"[^"]+"/, '"histogram":"AAAA"'),
    'no histogram',
  ],
])('says what is wrong with %.40s', (text, why) => {
  expect(() => parseRunReport(text, 'report.json')).toThrow(why);
});
