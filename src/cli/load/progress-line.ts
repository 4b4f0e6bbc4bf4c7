import type {LiveView} from '../../domain/live-view.js';
import {latencyText} from '../../sim/measure/metric-text.js';

/** One line with what the live screen shows. */
export const progressLine = (view: LiveView): string =>
  [
    timeText(view),
    clientsText(view),
    flowText(view),
    lastLatency(view),
    failuresText(view),
    thresholdsText(view),
    ...view.warnings,
  ]
    .filter(part => part !== '')
    .join('; ');

function timeText({phase, elapsedMs, plannedMs}: LiveView): string {
  const elapsed = `${Math.round(elapsedMs / 1000)} s`;
  return `${plannedMs === null ? elapsed : `${elapsed} of ${Math.round(plannedMs / 1000)} s`} ${phase}`;
}

function clientsText({clients, totals, perSec, phase}: LiveView): string {
  const rate = phase === 'connecting' ? ` at ${perSec.connected}/s` : '';
  const again = totals.reconnects === 0 ? '' : `, ${totals.reconnects} reconnects`;
  return `${clients.connectedNow} of ${clients.wanted} connected${rate}${again}`;
}

function flowText({totals, perSec}: LiveView): string {
  const parts = (['sent', 'acknowledged', 'received'] as const)
    .filter(name => totals[name] > 0)
    .map(name => `${totals[name]} ${name} (${perSec[name]}/s)`);
  const {missing, duplicated, reordered, late, commandsSent, commandsAnswered} = totals;
  if (commandsSent > 0) parts.unshift(`${commandsAnswered} of ${commandsSent} commands answered`);
  const wrong = Object.entries({missing, duplicated, reordered, late}).filter(([, count]) => count > 0);
  return [...parts, ...wrong.map(([name, count]) => `${count} ${name}`)].join(', ');
}

/** The last latency is the most telling one. */
function lastLatency({latencies}: LiveView): string {
  const latency = latencies.at(-1);
  if (latency === undefined) return '';
  const {name, p50, p90, p95, p99, max} = latency;
  const texts = Object.entries({p50, p90, p95, p99, max}).map(([what, ms]) => `${what} ${latencyText(ms)}`);
  return `${name} ${texts.join(', ')}`;
}

function failuresText({totals, failures}: LiveView): string {
  if (totals.failures === 0) return '';
  const kinds = failures.map(({kind, reason, count}) => `${count} ${kind} ${reason}`);
  return `${totals.failures} failures (${kinds.join(', ')})`;
}

const thresholdsText = ({thresholds}: LiveView): string =>
  thresholds
    .map(
      ({text, value, ok}) =>
        `${text} ${ok === null ? 'unknown' : ok ? 'holds' : 'missed'}${value === null ? '' : ` (${value})`}`,
    )
    .join(', ');
