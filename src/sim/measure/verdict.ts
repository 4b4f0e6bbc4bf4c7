import type {RunReport, Verdict} from './run-report.js';

/** Of one core: a single-threaded generator has no more. */
const CORES_AT_LIMIT = 0.95;
/** A generator that sends so late does not keep its schedule. */
const LAG_MS_MAX = 50;

/** Its numbers are then its own, and not the broker's. */
export const generatorAtLimit = ({
  cores,
  scheduleLagP99Ms,
}: Pick<RunReport['generator'], 'cores' | 'scheduleLagP99Ms'>): boolean =>
  cores >= CORES_AT_LIMIT || scheduleLagP99Ms > LAG_MS_MAX;

/** Whether the run is a success, why not, and what makes its numbers doubtful. */
export function verdictOf(report: Omit<RunReport, 'verdict'>): Verdict {
  const problems = [...endings(report), ...missedThresholds(report), ...unasked(report)];
  return {ok: problems.length === 0, problems, warnings: warningsOf(report)};
}

function endings({ending}: Pick<RunReport, 'ending'>): string[] {
  if (ending.state === 'finished' || ending.state === 'interrupted') return [];
  return [
    `the run was ${ending.state === 'aborted' ? 'aborted' : 'broken off'}: ${ending.reason ?? 'no reason known'}`,
  ];
}

const missedThresholds = ({thresholds}: Pick<RunReport, 'thresholds'>): string[] =>
  thresholds.filter(({ok}) => !ok).map(({text}) => `threshold missed: ${text}`);

/** What is wrong with any run, unless a threshold says how much of it is right. */
function unasked(report: Omit<RunReport, 'verdict'>): string[] {
  const {clients, failures, counters, delivery, thresholds} = report;
  const judges = (...metrics: readonly string[]): boolean =>
    thresholds.some(({metric}) => metrics.includes(metric.split('.')[0]!));
  const problems: string[] = [];
  if (
    clients.connected < clients.wanted &&
    report.ending.state !== 'interrupted' &&
    !judges('connected', 'failures')
  )
    problems.push(`${clients.wanted - clients.connected} of ${clients.wanted} clients never connected`);
  if (failures.total > 0 && !judges('failures')) problems.push(counted(failures.total, 'failure'));
  if (counters.unacknowledged.total > 0 && !judges('unacknowledged', 'acknowledged'))
    problems.push(`not acknowledged: ${counted(counters.unacknowledged.total, 'message')}`);
  if (delivery !== null && delivery.lost > 0 && !judges('lost', 'delivered'))
    problems.push(`lost: ${counted(delivery.lost, 'message')}`);
  return problems;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function warningsOf({generator, counters, latency}: Omit<RunReport, 'verdict'>): string[] {
  const warnings: string[] = [];
  if (generator.coresMax > 0 && generator.cores >= CORES_AT_LIMIT)
    warnings.push(
      `the generator itself was the limit: it used ${percent(generator.cores)} of a core; the broker may be faster (--agents spreads the load over processes)`,
    );
  else if (generator.coresMax >= CORES_AT_LIMIT)
    warnings.push(
      `the generator itself was the limit in its busiest second: it used ${percent(generator.coresMax)} of a core (--agents spreads the load over processes)`,
    );
  else if (generator.scheduleLagP99Ms > LAG_MS_MAX)
    warnings.push(
      `the generator itself sent late: 99 % within ${Math.round(generator.scheduleLagP99Ms)} ms of the schedule`,
    );
  if (counters.foreign.total > 0)
    warnings.push(`not of this run: ${counted(counters.foreign.total, 'message')}`);
  const clamped = Object.values(latency).reduce((sum, {clamped: count}) => sum + count, 0);
  if (clamped > 0)
    warnings.push(
      `latencies below 0 or above an hour: ${clamped}; clocks of two machines, or stamps of another run`,
    );
  return warnings;
}
