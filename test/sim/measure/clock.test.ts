import {execFileSync} from 'node:child_process';
import {expect, it} from 'vitest';
import {nowMs} from '../../../src/sim/measure/clock.js';

it('tells times apart that are less than 0.1 ms apart, and never goes back', () => {
  const times = Array.from({length: 10_000}, nowMs);
  const steps = times.slice(1).map((time, index) => time - times[index]!);
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
  const moved = steps.filter(step => step > 0).sort((a, b) => a - b);
  expect(moved[Math.floor(moved.length / 2)]).toBeLessThan(0.1);
});

it('is the same clock in another process of this machine', () => {
  // A child reads its clock between two readings of this process, so it has to lie between them, too.
  const script = 'const [s, n] = process.hrtime(); process.stdout.write(String(s * 1000 + n / 1e6))';
  const before = nowMs();
  const there = Number(execFileSync(process.execPath, ['--eval', script], {encoding: 'utf8'}));
  const after = nowMs();
  expect(there).toBeGreaterThan(before);
  expect(there).toBeLessThan(after);
});
