/** What others hear when a desired document changes: the event stream, and the device where it is connected. */
import {patchBetween} from '../domain/merge-patch.js';
import type {StoredTwin} from '../domain/twin.js';
import type {OutboxEvent} from './outbox.js';
import type {DeviceKey} from './twin-row.js';

/** What became of a device's desired document. */
export interface DesiredChange extends DeviceKey {
  readonly generation: string;
  /** Field gateways that may carry it. */
  readonly via: readonly string[];
  readonly from: number;
  readonly to: number;
  /** JSON text of a merge patch. */
  readonly patch: string;
}

/** Undefined where its version stayed. */
export function desiredNews(
  {tenant, device, generation, via}: DeviceKey & Pick<DesiredChange, 'generation' | 'via'>,
  before: StoredTwin,
  after: StoredTwin,
  by: string,
): {readonly event: OutboxEvent; readonly change: DesiredChange} | undefined {
  const [from, to] = [before.desired.version, after.desired.version];
  if (from === to) return undefined;
  const patch = patchBetween(before.desired.document, after.desired.document);
  return {
    change: {tenant, device, generation, via, from, to, patch: JSON.stringify(patch)},
    event: {
      tenant,
      device,
      type: 'twin.desired_changed',
      recordedMs: Date.now(),
      data: {from, version: to, patch, by},
    },
  };
}
