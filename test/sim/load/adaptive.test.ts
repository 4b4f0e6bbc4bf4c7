/** The search for the highest rate, against a limit that is known. */
import {describe, expect, it} from 'vitest';
import BenchPub from '../../../src/commands/bench/pub.js';
import {RateSearch} from '../../../src/sim/load/adaptive-search.js';
import {RateCurve} from '../../../src/sim/load/rate-curve.js';
import type {RunReport} from '../../../src/sim/measure/run-report.js';
import {mosquittoInstalled, startMosquitto} from '../../support/mosquitto.js';
import {runCommand} from '../../support/run-command.js';
import {startSlowProxy} from '../../support/slow-proxy.js';

describe('a search', () => {
  it.each([110, 199, 1000, 77_777])('that begins at 100 finds a limit of %d within 5 %', limit => {
    const search = new RateSearch(100, 0.05);
    let steps = 0;
    for (; !search.isOver; steps++) search.tell(search.rate <= limit);
    expect(search.highest).toBeLessThanOrEqual(limit);
    expect(search.lowestMissed).toBeGreaterThan(limit);
    expect(search.highest! * 1.05).toBeGreaterThanOrEqual(search.lowestMissed!);
    expect(steps).toBeLessThan(20);
  });

  it('ends when the start does not hold', () => {
    const search = new RateSearch(100, 0.05);
    search.tell(false);
    expect(search).toMatchObject({isOver: true, highest: undefined, lowestMissed: 100});
  });
});

it('a rate that changes moves nothing that was due before', () => {
  const curve = new RateCurve(100, [{durationMs: null, ratePerSec: 100}]);
  curve.jumpTo(1000, 95);
  expect([0, 9, 10, 20].map(message => curve.dueMs(message))).toEqual([0, 90, 95.5, 105.5]);
  curve.jumpTo(0, 100);
  expect(curve.dueMs(14)).toBe(99.5);
  expect(curve.dueMs(15)).toBe(Infinity);
  curve.jumpTo(10, 1000);
  expect([14, 15, 16].map(message => Math.round(curve.dueMs(message) * 10) / 10)).toEqual([99.5, 1050, 1150]);
});

describe.skipIf(!mosquittoInstalled())('bench pub --adaptive', () => {
  it('finds how many messages a second a slow network lets through', async () => {
    await using broker = await startMosquitto();
    await using proxy = await startSlowProxy(broker.port, 1000);
    const flags = ['--url', `mqtt://127.0.0.1:${proxy.port}`, '--devices', '4', '--inflight', '1000'];
    const search = [
      '--adaptive',
      '--rate',
      '600',
      '--step-duration',
      '400ms',
      '--threshold',
      'puback.p95<300ms',
    ];
    const {result, exitCode, stdout, stderr} = await runCommand(
      BenchPub,
      ...flags,
      ...search,
      '--no-keep-run',
    );
    expect(stderr).not.toContain('Error');
    const {adaptive, thresholds, verdict} = result as RunReport;
    expect(adaptive!.highestRatePerSec).toBeGreaterThan(800);
    expect(adaptive!.highestRatePerSec).toBeLessThan(1200);
    expect(['puback.p95<300ms', 'backlog']).toContain(adaptive!.limit);
    expect(thresholds).toMatchObject([{ok: true}]);
    expect({exitCode, ok: verdict.ok}).toEqual({exitCode: 0, ok: true});
    expect(stdout).toMatch(/highest rate +[\d,.]+\/s held; [\d,.]+\/s missed/);
  });

  it('ends with 9 when not even the start holds', async () => {
    await using broker = await startMosquitto();
    await using proxy = await startSlowProxy(broker.port, 400);
    const flags = ['--url', `mqtt://127.0.0.1:${proxy.port}`, '--devices', '2', '--inflight', '1000'];
    const search = [
      '--adaptive',
      '--rate',
      '800',
      '--step-duration',
      '200ms',
      '--threshold',
      'puback.p95<100ms',
    ];
    const {stderr, exitCode} = await runCommand(BenchPub, ...flags, ...search, '--no-keep-run');
    expect(exitCode).toBe(9);
    expect(stderr).toContain('not even 800/s holds');
  });
});

it.each([
  [['--adaptive'], '--threshold'],
  [['--adaptive', '--threshold', 'lost==0', '--rate', 'max'], 'expected --rate 100, found --rate max'],
  [['--adaptive', '--threshold', 'lost==0', '--agents', '2'], 'leave --agents out'],
  [['--adaptive', '--threshold', 'lost==0', '--stage', '1s:10'], '--stage'],
])('refuses %j', async (flags, why) => {
  const {stderr, exitCode} = await runCommand(BenchPub, '--url', 'mqtt://127.0.0.1:1', ...flags);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(why);
});
