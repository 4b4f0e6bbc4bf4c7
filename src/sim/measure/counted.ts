import {COUNTERS, type CounterName, mapped} from './measurements.js';
import type {Counted, RunReport} from './run-report.js';

/** Connecting has a time of its own; everything else happens while the load is on. */
const OF_CONNECTING: readonly CounterName[] = ['connectAttempts', 'connected', 'subscribed'];

export function countersOf(
  counters: Readonly<Record<CounterName, number>>,
  {connectMs, loadMs}: {readonly connectMs: number; readonly loadMs: number},
): RunReport['counters'] {
  const counted = (name: CounterName): Counted => ({
    total: counters[name],
    ratePerSec: perSec(counters[name], OF_CONNECTING.includes(name) ? connectMs : loadMs),
  });
  return mapped(COUNTERS, counted);
}

const perSec = (count: number, durationMs: number): number =>
  durationMs <= 0 ? 0 : Math.round((count * 100_000) / durationMs) / 100;

/** Fewer connections than this are not what a process grows by. */
const CONNECTIONS_MIN = 100;

export const bytesPerConnection = (bytes: number, connected: number): number | null =>
  connected < CONNECTIONS_MIN ? null : Math.round(bytes / connected);
