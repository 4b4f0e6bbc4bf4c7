/** A load test as a command: checked before anything connects, shown while it runs, told of at its end. */
import {readOnlyRefusal} from '../../client/changes.js';
import {type Context, withoutMqtt} from '../../client/contexts.js';
import {Identities} from '../../sim/load/identity.js';
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
import {tenantOf} from '../tenant-of.js';
import {platformVersion, versionOfBroker} from './broker-version.js';
import {ensureFits} from './ensure-fits.js';
import {type BenchPlatform, withLogins} from './made-logins.js';
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
  /** Who logs in is made for the run there. */
  readonly platform?: BenchPlatform | undefined;
}

/** Where a load test goes, and whose topics are there. */
export interface BenchWhere {
  readonly context: Context | undefined;
  /** The platform's, where it goes to one. */
  readonly tenant: string | undefined;
  /** Undefined for a broker, and where the flags say who logs in. */
  readonly platform: BenchPlatform | undefined;
}

interface WhereFlags {
  readonly url?: readonly string[] | undefined;
  readonly username?: string | undefined;
  readonly identities?: string | undefined;
  readonly keep?: boolean;
}

interface BenchFlags extends ReportFlags {
  readonly name?: string | undefined;
  readonly 'abort-on-fail'?: boolean;
  readonly prometheus?: Listening | undefined;
}

export abstract class BenchCommand extends ReportCommand {
  /**
   * The broker of `--url`, else the current context's. Throws `IOT_CONTEXT_MISSING` for a platform without MQTT, and
   * `IOT_CONTEXT_READ_ONLY` where logins would have to be made.
   */
  protected async where(flags: WhereFlags): Promise<BenchWhere> {
    const context = flags.url === undefined ? await this.brokerContext() : undefined;
    if (context === undefined || context.kind === 'mqtt')
      return {context, tenant: undefined, platform: undefined};
    if (context.mqttUrl === undefined) throw withoutMqtt(context);
    const isGiven = flags.username !== undefined || flags.identities !== undefined;
    if (!isGiven && context.readOnly === true)
      throw readOnlyRefusal(context.name, 'devices and tokens for a run');
    const tenant = await tenantOf(undefined, {context: () => this.context(), api: () => this.api()});
    const platform = isGiven ? undefined : {api: await this.api(), tenant, keep: flags.keep === true};
    return {context, tenant, platform};
  }

  /** Runs, prints, and throws when the run was no success. */
  protected async bench(
    kind: string,
    {plan, options, context, platform}: BenchRun,
    flags: BenchFlags,
  ): Promise<RunReport> {
    const outcome = await RunOutcome.prepare(flags);
    await outcome.expect({kind, options});
    await ensureFits({
      connections: clientsOf(plan),
      agents: plan.slice.agents,
      sources: plan.sources,
      brokers: plan.brokers.map(({target}) => target),
    });
    const isPlatform = context !== undefined && context.kind !== 'mqtt';
    const brokerVersion = isPlatform ? await platformVersion(() => this.api()) : await versionOfBroker(plan);
    const recorder = new RunRecorder({
      kind,
      name: flags.name ?? null,
      target: {urls: urlsOf(plan), protocolVersion: plan.protocolVersion, brokerVersion},
      options,
      environment: environmentOf(this.config.version),
      clients: clientsOf(plan),
      plannedMs: plan.durationMs,
      thresholds: outcome.thresholds,
      streamName: publisherNames(plan),
    });
    const report = await this.#run({plan, options, context, platform}, recorder, flags);
    await outcome.conclude(report, this.printer);
    return report;
  }

  async #run(
    {plan, context, platform}: BenchRun,
    recorder: RunRecorder,
    flags: BenchFlags,
  ): Promise<RunReport> {
    let latest: RunSnapshot | undefined;
    await using _metrics = await this.#metrics(flags, () => latest && recorder.provisional(latest));
    using ending = listenForEnding();
    using progress = await openProgress();
    const run = async (planned: LoadPlan): Promise<RunReport> => {
      const load = await runnerOf(planned);
      return await load({
        recorder,
        abortOnFail: flags['abort-on-fail'] === true,
        signal: ending.signal,
        onView: view => progress.show(view),
        onSnapshot: snapshot => {
          latest = snapshot;
        },
      });
    };
    // What makes logins asks the platform, which refuses and records by itself.
    if (platform !== undefined) return await withLogins(plan, platform, ending.signal, run);
    const topic = plan.publish?.topic ?? plan.command?.topic;
    if (topic === undefined || context === undefined) return await run(plan);
    return await publishingTo(topic, context, this.typed(context), () => run(plan));
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

/** The client ids of publishers, by the numbers of their streams. */
function publisherNames({run, identity, listed, start, publish}: LoadPlan): (stream: number) => string {
  // Without publishers of its own those of the list are others.
  const identities = new Identities(run, identity, publish === null ? {} : listed);
  return stream => identities.of('pub', start + stream, stream).clientId;
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
