/** The search for the highest rate, against a limit that is known. */
import {describe, expect, it} from 'vitest';
import BenchPub from '../../../src/commands/bench/pub.js';
import {RateSearch} from '../../../src/sim/load/adaptive-search.js';
import {RateCurve} from '../../../src/sim/load/rate-curve.js';
import type {RunReport} from '../../../src/sim/measure/run-report.js';
import {runCommand} from '../../support/run-command.js';
import {startSlowBroker} from '../../support/slow-broker.js';
import {inVirtualTime} from '../../support/virtual-time.js';

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

describe('bench pub --adaptive', () => {
  /** Against a broker that takes so many messages a second. */
  const searched = (messagesPerSec: number, ...flags: string[]) =>
    inVirtualTime(async () => {
      await using broker = await startSlowBroker(messagesPerSec);
      const own = ['--url', broker.url, '--inflight', '1000', '--adaptive', '--no-keep-run'];
      return await runCommand(BenchPub, ...own, ...flags);
    });

  it('finds how many messages a second a broker takes', async () => {
    const flags = ['--devices', '4', '--rate', '600', '--step-duration', '400ms'];
    const threshold = ['--threshold', 'puback.p95<300ms'];
    const {result, exitCode, stdout, stderr} = await searched(1000, ...flags, ...threshold);
    expect(stderr).not.toContain('Error');
    const {adaptive, thresholds, verdict} = result as RunReport;
    expect(adaptive!.highestRatePerSec).toBeGreaterThan(950);
    expect(adaptive!.highestRatePerSec).toBeLessThan(1100);
    expect(adaptive!.limit).toBe('backlog');
    expect(thresholds).toMatchObject([{ok: true}]);
    expect({exitCode, ok: verdict.ok}).toEqual({exitCode: 0, ok: true});
    expect(stdout).toMatch(/highest rate +[\d,.]+\/s held; [\d,.]+\/s missed/);
  });

  it('ends with 9 when not even the start holds', async () => {
    const flags = ['--devices', '2', '--rate', '800', '--step-duration', '200ms'];
    const {stderr, exitCode} = await searched(400, ...flags, '--threshold', 'puback.p95<100ms');
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
