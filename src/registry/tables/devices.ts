/** Devices, whom they speak through, and their models. */
import type {AdminState, Connectivity, Health, Lifecycle} from '../../domain/device.js';

export interface DeviceRow {
  tenant: string;
  id: string;
  generation: string;
  model: string | null;
  /** JSON object of strings. */
  labels: string;
  lifecycle: Lifecycle;
  admin_state: AdminState;
  connectivity: Connectivity;
  session_id: string | null;
  /** Grows with each change of connectivity. */
  session_version: number;
  created_ms: number;
  retired_ms: number | null;
  connected_ms: number | null;
  disconnected_ms: number | null;
  last_seen_ms: number | null;
  /** Grows with each change that somebody makes. */
  version: number;
  /** JSON object of strings. */
  metadata: string;
  /** JSON object of `DeviceComponent`. */
  components: string;
  /** JSON array of device ids. */
  via: string;
  /** JSON array of the last `DeviceChange`s, oldest first. */
  changes: string;
  /** JSON of a `StateNote`. */
  lifecycle_note: string | null;
  admin_note: string | null;
  health: Health;
  health_note: string | null;
  address: string | null;
  end_reason: string | null;
  /** Null where the model is not described. */
  model_version: number | null;
  last_data_ms: number | null;
  /** Since when nobody owns it any more. */
  released_ms: number | null;
}

export interface DeviceGatewayRow {
  tenant: string;
  gateway: string;
  device: string;
}

export interface ModelRow {
  tenant: string;
  name: string;
  version: number;
  /** JSON of a `ModelSpec`. */
  spec: string;
  expected_interval_ms: number | null;
  created_ms: number;
  created_by: string;
}

export interface ModelFaultRow {
  tenant: string;
  name: string;
  version: number;
  fault: string;
  count: number;
  last_ms: number;
}
