import type {LiveView} from '../../src/domain/live-view.js';

const latency = (name: string, p99: number) => ({
  name,
  count: 9,
  p50: 0.04,
  p90: 1.5,
  p95: 12,
  p99,
  max: 1204,
});

/** A load test in the middle, in which something of everything went wrong. */
export const LIVE_VIEW: LiveView = {
  kind: 'bench e2e',
  name: 'nightly',
  targets: ['mqtt://127.0.0.1:1883'],
  phase: 'running',
  elapsedMs: 12_000,
  plannedMs: 30_000,
  clients: {wanted: 1000, connected: 1000, connectedNow: 998},
  totals: {
    reconnects: 3,
    sent: 120_000,
    acknowledged: 119_000,
    received: 118_000,
    missing: 2000,
    duplicated: 4,
    reordered: 5,
    late: 6,
    failures: 12,
    commandsSent: 0,
    commandsAnswered: 0,
  },
  perSec: {connected: 7, sent: 9998, acknowledged: 9987, received: 9876},
  latencies: [latency('connect', 4), latency('puback', 9), latency('e2e', 38.14)],
  history: {messagesPerSec: [0, 5000, 10_000], p99Ms: [1, 20, 40]},
  failures: [
    {kind: 'connect', reason: 'ECONNREFUSED', count: 10},
    {kind: 'connection', reason: 'reset', count: 2},
  ],
  thresholds: [
    {text: 'e2e.p99<30ms', value: '38.1 ms', ok: false},
    {text: 'sent.rate>=9000', value: '9998/s', ok: true},
    {text: 'cmd.p99<1s', value: null, ok: null},
  ],
  warnings: ['the generator is at its limit'],
};
