import type {LiveLatency, LiveThreshold, LiveView, RunPhase} from '../../domain/live-view.js';
import {LATENCIES, type LatencyName} from './measurements.js';
import {metricText} from './metric-text.js';
import type {RunFacts} from './run-facts.js';
import type {LatencyReport, RunReport} from './run-report.js';
import type {Series} from './series.js';

const HISTORY_POINTS = 60;
const FAILURES_SHOWN = 10;

export interface LiveInput {
  readonly report: RunReport;
  readonly facts: RunFacts;
  readonly phase: RunPhase;
  readonly series: Series;
}

export function liveView({report, facts, phase, series}: LiveInput): LiveView {
  const {counters, gauges, delivery} = report;
  const history = series.points.slice(-HISTORY_POINTS);
  const last = history.at(-1);
  return {
    kind: report.kind,
    name: report.name,
    targets: report.target.urls,
    phase,
    elapsedMs: report.durationMs,
    plannedMs: facts.plannedMs,
    clients: {...report.clients, connectedNow: gauges.connectedNow.now},
    totals: {
      reconnects: counters.reconnects.total,
      sent: counters.sent.total,
      acknowledged: counters.acknowledged.total,
      received: counters.received.total,
      missing: delivery?.lost ?? 0,
      duplicated: delivery?.duplicated ?? 0,
      reordered: delivery?.reordered ?? 0,
      late: delivery?.late ?? 0,
      failures: report.failures.total,
      commandsSent: counters.commandsSent.total,
      commandsAnswered: counters.commandsAnswered.total,
    },
    perSec: {
      connected: last?.connectedPerSec ?? 0,
      sent: last?.sentPerSec ?? 0,
      acknowledged: last?.acknowledgedPerSec ?? 0,
      received: last?.receivedPerSec ?? 0,
    },
    latencies: LATENCIES.flatMap(name => liveLatency(name, report.latency[name])),
    history: {
      messagesPerSec: history.map(point => Math.max(point.sentPerSec, point.receivedPerSec)),
      p99Ms: history.map(point => point.p99Ms ?? 0),
    },
    failures: report.failures.byReason.slice(0, FAILURES_SHOWN),
    thresholds: report.thresholds.map(liveThreshold(facts)),
    warnings: report.verdict.warnings,
  };
}

const liveLatency = (name: LatencyName, latency: LatencyReport | undefined): LiveLatency[] => {
  if (latency === undefined) return [];
  const {count, p50, p90, p95, p99, max} = latency;
  return [{name, count, p50, p90, p95, p99, max}];
};

const liveThreshold =
  ({thresholds}: RunFacts) =>
  ({text, value, ok}: RunReport['thresholds'][number], index: number): LiveThreshold => ({
    text,
    value: value === null ? null : metricText(value, thresholds[index]!.unit),
    ok: value === null ? null : ok,
  });
