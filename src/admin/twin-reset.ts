/** A device begins anew: what was desired of it and what it reported are gone. Within a change of the caller's. */
import {patchBetween} from '../domain/merge-patch.js';
import {withNothing} from '../domain/twin-change.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import {type DeviceId, deviceEvent} from './device-step.js';

export async function resetTwin(
  registry: Registry,
  {tenant, id}: DeviceId,
  change: {by: string; nowMs: number},
): Promise<OutboxEvent[]> {
  const before = await registry.twins.get({tenant, device: id});
  if (before.desired.version === 0 && before.reported.version === 0) return [];
  const after = withNothing(before, change);
  await registry.twins.save(tenant, [{device: id, twin: after}]);
  const {version: from, document} = before.desired;
  if (after.desired.version === from) return [];
  const patch = patchBetween(document, after.desired.document);
  return [
    deviceEvent({tenant, id}, 'twin.desired_changed', {
      from,
      version: after.desired.version,
      patch,
      by: change.by,
    }),
  ];
}
