/**
 * What devices report of themselves, from the event stream into their twins: each event once, however often it is read,
 * and many in one transaction.
 */
import {IotctlError} from '../domain/errors.js';
import type {StoredEvent} from '../domain/event.js';
import {parseJson} from '../domain/telemetry.js';
import type {StoredTwin} from '../domain/twin.js';
import {withReport} from '../domain/twin-change.js';
import {reportOf} from '../domain/twin-report.js';
import type {Registry} from '../registry/registry.js';
import type {TwinOfDevice} from '../registry/twins.js';

/** A report that was not taken: the device is told. */
export interface RefusedReport {
  readonly tenant: string;
  readonly device: string;
  readonly via: readonly string[];
  readonly detail: string;
}

export class TwinReports {
  readonly #registry: Registry;
  readonly #refused: (reports: readonly RefusedReport[]) => void;

  /** `refused` is called once what was refused is an event. */
  constructor(registry: Registry, refused: (reports: readonly RefusedReport[]) => void) {
    this.#registry = registry;
    this.#refused = refused;
  }

  /** Events of type `twin.reported`, in their order; all or none. */
  async apply(events: readonly StoredEvent[]): Promise<void> {
    const refused = await this.#registry.transact(async registry => {
      const all: RefusedReport[] = [];
      for (const tenant of new Set(events.map(event => event.tenant)))
        all.push(
          ...(await applyIn(
            registry,
            tenant,
            events.filter(event => event.tenant === tenant),
          )),
        );
      return all;
    });
    if (refused.length > 0) this.#refused(refused);
  }
}

async function applyIn(
  registry: Registry,
  tenant: string,
  events: readonly StoredEvent[],
): Promise<RefusedReport[]> {
  const known = await registry.twins.ofDevices(tenant, [...new Set(events.map(({device}) => device))]);
  const changed = new Map<string, StoredTwin>();
  const refused: RefusedReport[] = [];
  for (const event of events) {
    const device = known.get(event.device);
    if (!device || !isOf(device, event)) continue;
    const before = changed.get(event.device) ?? device.twin;
    if (event.offset <= before.reportedOffset) continue;
    const outcome = reported(before, event);
    if (typeof outcome === 'string') {
      refused.push({tenant, device: event.device, via: device.via, detail: outcome});
      changed.set(event.device, {...before, reportedOffset: event.offset});
    } else changed.set(event.device, outcome);
  }
  await registry.twins.save(
    tenant,
    [...changed].map(([device, twin]) => ({device, twin})),
  );
  await registry.outbox.add(
    refused.map(({device, detail}) => ({
      tenant,
      device,
      type: 'twin.refused',
      recordedMs: Date.now(),
      data: {reason: detail},
    })),
  );
  return refused;
}

/** The twin after it, or what is wrong with the report. */
function reported(
  before: StoredTwin,
  {payload, offset, recordedMs, attributes}: StoredEvent,
): StoredTwin | string {
  const parsed = parseJson(payload);
  const report = parsed.ok ? reportOf(parsed.value) : parsed.reason;
  if (typeof report === 'string') return report;
  const by = attributes?.via === undefined ? 'device' : `device via ${attributes.via}`;
  try {
    return withReport(before, report, {by, nowMs: recordedMs, offset});
  } catch (error) {
    if (error instanceof IotctlError) return error.message;
    throw error;
  }
}

/** An earlier device of the same name said nothing about this one, and of a purged one nothing is kept. */
function isOf(
  {generation, createdMs, isPurged}: TwinOfDevice,
  {attributes, recordedMs}: StoredEvent,
): boolean {
  const said = attributes?.generation;
  return !isPurged && (said === undefined ? recordedMs >= createdMs : said === generation);
}
