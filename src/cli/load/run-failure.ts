/** With which error a command ends whose run was no success; the exit code says so to scripts. */
import {IotctlError} from '../../domain/errors.js';
import type {Comparison} from '../../sim/measure/comparison.js';
import type {RunReport} from '../../sim/measure/run-report.js';

/** Undefined for a run that is a success, or was interrupted by its user. */
export function runFailure(report: RunReport): IotctlError | undefined {
  const {verdict, ending} = report;
  if (verdict.ok || ending.state === 'interrupted') return undefined;
  const nobody = nobodyConnected(report);
  return nobody ?? new IotctlError('IOT_THRESHOLD_MISSED', verdict.problems.join('; '));
}

function nobodyConnected({clients, counters, failures, target}: RunReport): IotctlError | undefined {
  if (clients.connected > 0 || counters.connectAttempts.total === 0) return undefined;
  const reasons = failures.byReason.filter(({kind}) => kind === 'connect');
  if (reasons.length === 0) return undefined;
  const listed = reasons.map(({reason, count}) => `${reason} ${count}×`).join(', ');
  const where = target.urls.join(', ');
  return reasons.some(({reason}) => isRefusal(reason))
    ? new IotctlError('IOT_MQTT_REFUSED', `${where} refused every connection: ${listed}`)
    : new IotctlError('IOT_BROKER_UNREACHABLE', `no connection to ${where} came about: ${listed}`);
}

/** A broker's own word, and not one of the system or the network such as `ECONNREFUSED`, `tls:…` or `reset`. */
const isRefusal = (reason: string): boolean =>
  !/^(?:E[A-Z]|tls:|reset$|closed$|protocol-error$)|timeout/.test(reason);

/** Undefined where nothing is worse by more than it may be. */
export function regressionOf(comparison: Comparison | undefined): IotctlError | undefined {
  if (comparison === undefined || comparison.regressions === 0) return undefined;
  const metrics = comparison.rows.filter(({change}) => change === 'regressed').map(({metric}) => metric);
  return new IotctlError(
    'IOT_RUN_REGRESSED',
    `worse than ${comparison.baseline} by more than ${comparison.maxRegressionPercent} %: ${metrics.join(', ')}`,
  );
}
