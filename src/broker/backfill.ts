/** What was measured before and comes now, on somebody's word: into the event stream like what devices say, and to nobody who listens live. */
import {IotctlError} from '../domain/errors.js';
import type {NewEvent} from '../domain/event.js';
import type {ModelRef} from '../domain/model.js';
import {eventOfPublish} from './event-of-publish.js';
import type {Ingest} from './ingest.js';
import type {TenantLoads} from './limits/tenant-loads.js';
import type {ModelChecks} from './model-checks.js';

export interface BackfillMessage {
  readonly tenant: string;
  readonly device: string;
  readonly model: ModelRef | undefined;
  /** Empty for the device itself. */
  readonly component: string;
  /** Telemetry, as a device would say it. */
  readonly payload: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface BackfillParts {
  readonly ingest: Ingest;
  readonly loads: TenantLoads;
  readonly models: ModelChecks;
}

/** Resolves when all are on disk. Throws `IOT_DISK_FULL`, or `IOT_QUOTA_EXCEEDED` when a tenant's storage is full; then none is. */
export async function appendBackfill(
  {ingest, ...parts}: BackfillParts,
  messages: readonly BackfillMessage[],
): Promise<void> {
  if (ingest.blockedBy) throw new IotctlError('IOT_DISK_FULL', ingest.blockedBy);
  const events = await backfillEvents(parts, messages);
  await Promise.all(events.map(event => ingest.appendAsync(event)));
}

/** The events that they are, checked against their models. Throws `IOT_QUOTA_EXCEEDED` when a tenant's storage is full. */
export async function backfillEvents(
  {loads, models}: Omit<BackfillParts, 'ingest'>,
  messages: readonly BackfillMessage[],
): Promise<NewEvent[]> {
  for (const tenant of new Set(messages.map(message => message.tenant))) {
    loads.checkStorage(tenant);
    await models.prepare(
      tenant,
      messages.map(({model}) => model),
    );
  }
  const recordedMs = Date.now();
  return messages.map(({tenant, device, model, component, payload, attributes}) => {
    const sender = {tenant, device, model: models.of(tenant, model)};
    const event = eventOfPublish(sender, {kind: 'telemetry', component}, payload, recordedMs);
    return {...event, attributes: {...event.attributes, ...attributes}};
  });
}
