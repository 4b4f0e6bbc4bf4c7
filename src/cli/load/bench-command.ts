/** A load test as a command: checked before anything connects, shown while it runs, told of at its end. */
import type {Context} from '../../client/contexts.js';
import type {LoadPlan} from '../../sim/load/plan.js';
import {clientsOf} from '../../sim/load/plan.js';
import type {LoadOptions} from '../../sim/load/run-load.js';
import {environmentOf} from '../../sim/measure/generator.js';
import type {MetricsEndpoint} from '../../sim/measure/metrics-endpoint.js';
import {RunRecorder} from '../../sim/measure/run-recorder.js';
import type {OptionValue, RunReport} from '../../sim/measure/run-report.js';
import type {RunSnapshot} from '../../sim/measure/run-snapshot.js';
import {listenForEnding} from '../ending.js';
import {publishingTo} from '../publish-access.js';
import {say} from '../stdout.js';
import {ensureFits} from './ensure-fits.js';
import {urlsOf} from './plan-input.js';
import {openProgress} from './progress.js';
import {ReportCommand} from './report-command.js';
import type {Listening, ReportFlags} from './report-flags.js';
import {RunOutcome} from './run-outcome.js';

export interface BenchRun {
  readonly plan: LoadPlan;
  /** What it was told to do, for the report. */
  readonly options: Readonly<Record<string, OptionValue>>;
  /** Undefined for a broker that was named by its URL. */
  readonly context: Context | undefined;
}

interface BenchFlags extends ReportFlags {
  readonly name?: string | undefined;
  readonly 'abort-on-fail'?: boolean;
  readonly prometheus?: Listening | undefined;
}

export abstract class BenchCommand extends ReportCommand {
  /** Runs, prints, and throws when the run was no success. */
  protected async bench(
    kind: string,
    {plan, options, context}: BenchRun,
    flags: BenchFlags,
  ): Promise<RunReport> {
    const outcome = await RunOutcome.prepare(flags);
    await outcome.expect({kind, options});
    await ensureFits({
      connections: clientsOf(plan),
      agents: plan.slice.agents,
      sources: plan.sources,
      brokers: plan.brokers.map(({target}) => target),
      connectRatePerSec: plan.connect.ratePerSec,
    });
    const recorder = new RunRecorder({
      kind,
      name: flags.name ?? null,
      target: {urls: urlsOf(plan), protocolVersion: plan.protocolVersion, brokerVersion: null},
      options,
      environment: environmentOf(this.config.version),
      clients: clientsOf(plan),
      plannedMs: plan.durationMs,
      thresholds: outcome.thresholds,
      streamName: stream => String(plan.start + stream),
    });
    const report = await this.#run({plan, options, context}, recorder, flags);
    await outcome.conclude(report, this.printer);
    return report;
  }

  async #run({plan, context}: BenchRun, recorder: RunRecorder, flags: BenchFlags): Promise<RunReport> {
    const load = await runnerOf(plan);
    let latest: RunSnapshot | undefined;
    await using _metrics = await this.#metrics(flags, () => latest && recorder.provisional(latest));
    using ending = listenForEnding();
    using progress = await openProgress();
    const run = (): Promise<RunReport> =>
      load({
        recorder,
        abortOnFail: flags['abort-on-fail'] === true,
        signal: ending.signal,
        onView: view => progress.show(view),
        onSnapshot: snapshot => {
          latest = snapshot;
        },
      });
    if (plan.publish === null || context === undefined) return await run();
    return await publishingTo(plan.publish.topic, context, this.typed(context), run);
  }

  async #metrics(
    {prometheus}: BenchFlags,
    report: () => RunReport | undefined,
  ): Promise<MetricsEndpoint | undefined> {
    if (prometheus === undefined) return undefined;
    const {MetricsEndpoint} = await import('../../sim/measure/metrics-endpoint.js');
    const endpoint = await MetricsEndpoint.listen(prometheus, report);
    say(`metrics at ${endpoint.url}`);
    return endpoint;
  }
}

/** One engine is loaded, and not both. */
async function runnerOf(plan: LoadPlan): Promise<(options: LoadOptions) => Promise<RunReport>> {
  const {search} = plan;
  if (search === undefined) {
    const {runLoad} = await import('../../sim/load/run-load.js');
    return options => runLoad(plan, options);
  }
  const {runAdaptive} = await import('../../sim/load/adaptive.js');
  return options => runAdaptive({...plan, search}, options);
}
