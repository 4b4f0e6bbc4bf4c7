import {expect, it} from 'vitest';
import {RunRecorder} from '../../../src/sim/measure/run-recorder.js';
import {mergeSnapshots} from '../../../src/sim/measure/run-snapshot.js';
import {factsOf, reportOf, snapshotOf} from './sample-run.js';

const FINISHED = {state: 'finished', reason: null} as const;

it('reports a run in which everything was right', () => {
  const report = reportOf({sent: 100, latenciesMs: [1, 2, 2], thresholds: ['lost==0', 'e2e.p99<50ms']});
  expect(report).toMatchObject({
    version: 1,
    kind: 'bench e2e',
    counters: {sent: {total: 100}, received: {total: 100}},
    delivery: {expected: 100, lost: 0},
    latency: {e2e: {count: 3, p50: 2, max: 2, service: {count: 3}}},
    thresholds: [
      {text: 'lost==0', value: 0, ok: true},
      {text: 'e2e.p99<50ms', value: 2, ok: true},
    ],
    verdict: {ok: true, problems: []},
  });
});

it('says why a run is no success, unless a threshold says what is right', () => {
  const bad = {sent: 10, lost: [3], failures: [['not-authorized', 2]] as [string, number][]};
  expect(reportOf(bad).verdict).toMatchObject({ok: false, problems: ['2 failures', 'lost: 1 message']});
  const judged = {...bad, thresholds: ['lost<=1', 'failures<=2']};
  expect(reportOf(judged).verdict).toMatchObject({ok: true, problems: []});
  expect(reportOf({...bad, thresholds: ['lost==0', 'failures<5']}).verdict.problems).toEqual([
    'threshold missed: lost==0',
  ]);
});

it('is plain JSON, and small', () => {
  const report = reportOf({sent: 10_000, latenciesMs: [1]});
  const text = JSON.stringify(report);
  expect(JSON.parse(text)).toEqual(report);
  expect(text.length).toBeLessThan(10_000);
});

it('merges what several processes saw', () => {
  const [a, b] = [snapshotOf({sent: 10, latenciesMs: [1]}), snapshotOf({sent: 5, latenciesMs: [2]})];
  const merged = mergeSnapshots(a, JSON.parse(JSON.stringify(b)) as typeof b);
  const recorder = new RunRecorder(factsOf({}));
  const report = recorder.finish(merged, FINISHED);
  expect(report.counters.sent.total).toBe(15);
  expect(report.latency.e2e).toMatchObject({count: 2, min: 1, max: 2});
  expect(report.generator.processes).toBe(2);
});

it('shows how a run stands', () => {
  const recorder = new RunRecorder(factsOf({thresholds: ['e2e.p99<50ms', 'cmd.p99<1s']}));
  recorder.enter('connecting');
  recorder.enter('running');
  const {delivery, ...rest} = snapshotOf({sent: 10, lost: [3], latenciesMs: [80]});
  expect(delivery).not.toBeNull();
  expect(recorder.observe({...rest, delivery: null})).toMatchObject({
    phase: 'running',
    clients: {wanted: 2, connected: 2, connectedNow: 2},
    totals: {sent: 10, received: 9, missing: 1},
    latencies: [{name: 'e2e', count: 1, max: expect.closeTo(80, 0)}],
    thresholds: [
      {text: 'e2e.p99<50ms', value: '80.1 ms', ok: false},
      {text: 'cmd.p99<1s', value: null, ok: null},
    ],
  });
});
