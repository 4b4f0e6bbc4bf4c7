/** What `sim run` and `sim replay` share: from planned fleets to the report. */

import {parseSources} from '../../sim/agents/source-addresses.js';
import type {EnrolmentKey} from '../../sim/device/enrol.js';
import type {PlannedRate} from '../../sim/device/fleet-rate.js';
import {type NamedDevice, namedDevices} from '../../sim/device/planned-fleets.js';
import type {Recording} from '../../sim/device/recording.js';
import type {ModelledFleet} from '../../sim/device/scenario-file.js';
import type {PlannedDevice} from '../../sim/device/sim-plan.js';
import type {OptionValue, RunReport} from '../../sim/measure/run-report.js';
import {readBrokerVersion} from '../../sim/wire/broker-version.js';
import {readKey} from '../key-input.js';
import {platformVersion} from '../load/broker-version.js';
import {ensureFits} from '../load/ensure-fits.js';
import {ReportCommand} from '../load/report-command.js';
import type {Listening, ReportFlags} from '../load/report-flags.js';
import {RunOutcome} from '../load/run-outcome.js';
import {publishingTo} from '../publish-access.js';
import {tenantOf} from '../tenant-of.js';
import {runSimulation} from './run-simulation.js';
import type {SimTime} from './sim-clock.js';
import {withDevices} from './sim-devices.js';
import {type SimWhere, simWhere, type WhereFlags} from './sim-where.js';

const KEEP_ALIVE_SEC = 60;

export interface SimFlags extends WhereFlags, ReportFlags {
  readonly prefix?: string | undefined;
  readonly start: number;
  readonly keep: boolean;
  readonly identities?: string | undefined;
  readonly enroll?: string | undefined;
  readonly 'key-file'?: string | undefined;
  readonly truth?: string | undefined;
  readonly inflight: number;
  readonly 'connect-rate': number;
  readonly agents: number;
  readonly source?: string | undefined;
  readonly name?: string | undefined;
  readonly 'abort-on-fail'?: boolean;
  readonly prometheus?: Listening | undefined;
}

export interface SimWork {
  readonly kind: string;
  readonly name: string;
  readonly fleets: readonly ModelledFleet[];
  /** Instead of what the model measures: one for each device. */
  readonly recordings?: readonly Recording[];
  readonly seed: number;
  readonly time: SimTime;
  /** Null where devices have intervals, or their recordings' times. */
  readonly rate: PlannedRate | null;
  /** Flags of the load, for the report: runs of different loads are not compared. */
  readonly load: Readonly<Record<string, OptionValue>>;
  /** Of the scenario; those of the flags come on top. */
  readonly thresholds: readonly string[];
}

export abstract class SimCommand extends ReportCommand {
  /** Runs, prints, and throws when the run was no success. */
  protected async simulate(work: SimWork, flags: SimFlags): Promise<RunReport> {
    const {kind, name, fleets, seed, time, rate} = work;
    const outcome = await RunOutcome.prepare({
      ...flags,
      threshold: [...work.thresholds, ...(flags.threshold ?? [])],
    });
    const context = flags.url === undefined ? await this.brokerContext() : undefined;
    const where = await simWhere(flags, context, () => this.api());
    const prefix = flags.prefix ?? `sim-${Math.floor(Math.random() * 2 ** 32).toString(36)}-`;
    const named = recordedDevices(
      namedDevices(fleets, {prefix, start: flags.start}),
      work.recordings,
      prefix,
    );
    const options = {
      scenario: name,
      devices: named.length,
      seed,
      durationMs: time.durationMs,
      lifeMs: time.lifeMs,
      acceleration: time.clock.acceleration,
      ...work.load,
    };
    await outcome.expect({kind, options});
    const sources = flags.source === undefined ? [] : parseSources(flags.source);
    await ensureFits({
      connections: named.length,
      agents: flags.agents,
      sources,
      brokers: where.brokers.map(({target}) => target),
    });
    const {identities, keep} = flags;
    const simulate = () =>
      withDevices(named, {where, identities, keep, enrolment: this.#enrolment(flags)}, async devices =>
        runSimulation({
          kind,
          name: flags.name ?? name,
          urls: where.urls,
          brokerVersion: await versionOf(where, devices[0], sources[0]),
          options,
          thresholds: outcome.thresholds,
          abortOnFail: flags['abort-on-fail'] === true,
          version: this.config.version,
          agents: flags.agents,
          prometheus: flags.prometheus,
          plan: {
            ...time,
            rate,
            seed,
            brokers: where.brokers,
            protocolVersion: where.protocolVersion,
            keepAliveSec: KEEP_ALIVE_SEC,
            window: flags.inflight,
            agents: 1,
            connectionsPerSec: flags['connect-rate'],
            topicPrefix: where.topicPrefix,
            platform: where.api !== undefined,
            fleets,
            devices: devices.map((device, index) => ({
              ...device,
              recording: work.recordings?.[index]?.rows,
              localAddress: sources[index % sources.length],
            })),
            truthPath: flags.truth ?? null,
          },
        }),
      );
    // What creates devices asks the platform, which refuses and records by itself.
    const bySelf = where.api !== undefined && identities === undefined;
    const report =
      bySelf || context === undefined
        ? await simulate()
        : await publishingTo(where.topicPrefix, context, this.typed(context), simulate);
    await outcome.conclude(report, this.printer);
    return report;
  }

  #enrolment({enroll: group, 'key-file': path}: SimFlags): (() => Promise<EnrolmentKey>) | undefined {
    if (group === undefined || path === undefined) return undefined;
    return async () => ({
      group,
      key: await readKey(path),
      tenant: await tenantOf(undefined, {context: () => this.context(), api: () => this.api()}),
    });
  }
}

/** Of a plain broker as the first device may see it. */
async function versionOf(
  {api, brokers, protocolVersion}: SimWhere,
  first: PlannedDevice | undefined,
  localAddress: string | undefined,
): Promise<string | null> {
  if (api !== undefined) return await platformVersion(api);
  if (first === undefined) return null;
  const {id, username, password, certificate} = first;
  const [broker] = brokers;
  return await readBrokerVersion(
    {...broker!, certificate: certificate ?? broker!.certificate},
    {protocolVersion, clientId: `${id}-version`, username, password, localAddress},
  );
}

/** They are called as in the recording; what no id may hold becomes a hyphen. */
const recordedDevices = (
  named: readonly NamedDevice[],
  recordings: readonly Recording[] | undefined,
  prefix: string,
): readonly NamedDevice[] =>
  named.map((device, index) => {
    const name = recordings?.[index]?.device;
    return name === undefined
      ? device
      : {...device, id: `${prefix}${name.replaceAll(/[^A-Za-z0-9._:-]/g, '-')}`};
  });
