/** What is said of a load test off a terminal. */
import {captureOutput} from '@oclif/test';
import {expect, it, vi} from 'vitest';
import {openProgress} from '../../src/cli/load/progress.js';
import {progressLine} from '../../src/cli/load/progress-line.js';
import {LIVE_VIEW} from '../support/live-view.js';

it('says in one line what the live screen shows', () => {
  expect(progressLine(LIVE_VIEW)).toBe(
    '12 s of 30 s running; 998 of 1000 connected, 3 reconnects; 120000 sent (9998/s), 119000 acknowledged (9987/s), ' +
      '118000 received (9876/s), 2000 missing, 4 duplicated, 5 reordered, 6 late; ' +
      'e2e p50 40 µs, p90 1.5 ms, p95 12 ms, p99 38.1 ms, max 1.2 s; 12 failures (10 connect ECONNREFUSED, 2 connection reset); ' +
      'e2e.p99<30ms missed (38.1 ms), sent.rate>=9000 holds (9998/s), cmd.p99<1s unknown; the generator is at its limit',
  );
});

it('counts commands and their answers', () => {
  const totals = {...LIVE_VIEW.totals, commandsSent: 70, commandsAnswered: 68};
  expect(progressLine({...LIVE_VIEW, totals})).toContain('; 68 of 70 commands answered, 120000 sent');
});

it('leaves out what there is nothing to say of', () => {
  const view = {
    ...LIVE_VIEW,
    phase: 'connecting' as const,
    plannedMs: null,
    totals: Object.fromEntries(Object.keys(LIVE_VIEW.totals).map(name => [name, 0])) as never,
    latencies: [],
    failures: [],
    thresholds: [],
    warnings: [],
  };
  expect(progressLine(view)).toBe('12 s connecting; 998 of 1000 connected at 7/s');
});

it('says a line every five seconds, in which nothing reaches the terminal as a command', async () => {
  vi.stubEnv('CI', '1');
  vi.useFakeTimers({toFake: ['performance']});
  using progress = await openProgress();
  const hostile = {...LIVE_VIEW, failures: [{kind: 'connect', reason: '\u001b[2J', count: 1}]};
  const {stderr, stdout} = await captureOutput(async () => {
    for (let second = 0; second < 11; second++) {
      progress.show(hostile);
      vi.advanceTimersByTime(1000);
    }
  });
  vi.useRealTimers();
  vi.unstubAllEnvs();
  expect(stdout).toBe('');
  expect(stderr.match(/running/g)).toHaveLength(2);
  expect(stderr).toContain('connect \\x1b[2J');
});

it('goes on in lines where the screen cannot begin', async () => {
  vi.stubEnv('CI', 'false');
  vi.stubEnv('TERM', 'xterm');
  const {isTTY, fd} = process.stderr;
  // A terminal that is there no more.
  Object.assign(process.stderr, {isTTY: true, fd: 1_000_000});
  const {stderr} = await captureOutput(async () => {
    using progress = await openProgress();
    progress.show(LIVE_VIEW);
  });
  Object.assign(process.stderr, {isTTY, fd});
  vi.unstubAllEnvs();
  expect(stderr).toContain('Warning: there is no live screen: EBADF');
});
