/** A device as a row, and as everybody else sees it. */
import type {AdminState, Device, DeviceChange, DeviceComponent, StateNote} from '../domain/device.js';
import type {ModelRef} from '../domain/model.js';
import {uuidV7} from '../domain/uuid.js';
import type {DeviceRow} from './tables/devices.js';

export interface NewDevice {
  readonly id: string;
  readonly model?: string | undefined;
  readonly modelVersion?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly components?: Readonly<Record<string, DeviceComponent>> | undefined;
  readonly via?: readonly string[] | undefined;
  /** `enabled` where nothing is said. */
  readonly adminState?: AdminState | undefined;
  /** Why it is something else. */
  readonly adminNote?: StateNote | undefined;
}

/** `credential`: what it gets with its row; null is nothing yet. */
export const newRowOf = (
  tenant: string,
  {id, model, modelVersion, labels, metadata, components, via, adminState, adminNote}: NewDevice,
  {nowMs, credential}: {nowMs: number; credential: unknown},
): DeviceRow => ({
  tenant,
  id,
  generation: uuidV7(nowMs),
  model: model ?? null,
  labels: JSON.stringify(labels ?? {}),
  lifecycle: credential === null ? 'registered' : 'provisioned',
  admin_state: adminState ?? 'enabled',
  connectivity: 'never',
  session_id: null,
  session_version: 0,
  created_ms: nowMs,
  retired_ms: null,
  connected_ms: null,
  disconnected_ms: null,
  last_seen_ms: null,
  version: 1,
  metadata: JSON.stringify(metadata ?? {}),
  components: JSON.stringify(components ?? {}),
  via: JSON.stringify(via ?? []),
  changes: '[]',
  lifecycle_note: null,
  admin_note: adminNote ? JSON.stringify(adminNote) : null,
  health: 'ok',
  health_note: null,
  address: null,
  end_reason: null,
  model_version: modelVersion ?? null,
  last_data_ms: null,
  released_ms: null,
});

export const viewOf = (row: DeviceRow): Device => ({
  id: row.id,
  tenant: row.tenant,
  generation: row.generation,
  version: row.version,
  model: row.model,
  modelVersion: row.model_version,
  labels: JSON.parse(row.labels) as Record<string, string>,
  metadata: JSON.parse(row.metadata) as Record<string, string>,
  components: JSON.parse(row.components) as Record<string, DeviceComponent>,
  via: JSON.parse(row.via) as string[],
  lifecycle: row.lifecycle,
  lifecycleNote: noteOf(row.lifecycle_note),
  adminState: row.admin_state,
  adminNote: noteOf(row.admin_note),
  connectivity: row.connectivity,
  connection: {
    version: row.session_version,
    sessionId: row.session_id,
    address: row.address,
    endReason: row.end_reason,
  },
  health: row.health,
  healthNote: noteOf(row.health_note),
  createdAt: new Date(row.created_ms).toISOString(),
  retiredAt: timeOf(row.retired_ms),
  connectedAt: timeOf(row.connected_ms),
  disconnectedAt: timeOf(row.disconnected_ms),
  lastSeenAt: timeOf(row.last_seen_ms),
  lastDataAt: timeOf(row.last_data_ms),
  changes: JSON.parse(row.changes) as DeviceChange[],
});

/** Undefined where the model is not described. */
export const modelOf = ({
  model,
  model_version: version,
}: Pick<DeviceRow, 'model' | 'model_version'>): ModelRef | undefined =>
  model === null || version === null ? undefined : {name: model, version};

const NO_NOTE: StateNote = {reason: null, at: null, by: null};

const noteOf = (json: string | null): StateNote =>
  json === null ? NO_NOTE : (JSON.parse(json) as StateNote);

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
