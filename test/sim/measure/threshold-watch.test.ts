import {expect, it} from 'vitest';
import type {RunReport} from '../../../src/sim/measure/run-report.js';
import {parseThreshold} from '../../../src/sim/measure/threshold.js';
import {ThresholdWatch} from '../../../src/sim/measure/threshold-watch.js';
import {reportOf, type SampleRun} from './sample-run.js';

/** Asks once a second, so often; gives back after how many seconds the run would be ended. */
function endsAfter(text: string, report: RunReport, seconds = 20): number | undefined {
  const watch = new ThresholdWatch([parseThreshold(text)]);
  for (let second = 0; second <= seconds; second++) if (watch.check(report, second * 1000)) return second;
  return undefined;
}

const slow = (count: number): SampleRun => ({latenciesMs: Array.from({length: count}, () => 100)});

it('ends a run at once when what only grows is too much', () => {
  const report = reportOf({failures: [['reset', 3]]});
  expect(endsAfter('failures==0', report)).toBe(0);
  expect(endsAfter('failures<3', report)).toBe(0);
  expect(endsAfter('failures<=3', report)).toBeUndefined();
});

it('waits for what may still come', () => {
  const report = reportOf({sent: 10, lost: [3]});
  expect(endsAfter('sent>=1000', report)).toBeUndefined();
  expect(endsAfter('connected==3', report)).toBeUndefined();
  expect(endsAfter('lost==0', report)).toBe(5);
});

it('needs some samples and some time to judge latencies and rates', () => {
  expect(endsAfter('e2e.p99<50ms', reportOf(slow(99)))).toBeUndefined();
  expect(endsAfter('e2e.p99<50ms', reportOf(slow(100)))).toBe(5);
  expect(endsAfter('sent.rate>=1000', reportOf({}))).toBeUndefined();
  expect(endsAfter('sent.rate>=1000', {...reportOf({}), loadMs: 6000})).toBe(5);
});

it('forgives what gets better in time', () => {
  const watch = new ThresholdWatch([parseThreshold('e2e.p99<50ms')]);
  const [bad, good] = [reportOf(slow(200)), reportOf({latenciesMs: [1]})];
  for (let second = 0; second < 30; second++)
    expect(watch.check(second % 5 === 4 ? good : bad, second * 1000)).toBeUndefined();
});
