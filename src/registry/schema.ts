/** The registry's tables. Times are Unix milliseconds; every key starts with the tenant. */

export interface Schema {
  tenants: TenantRow;
  devices: DeviceRow;
  credentials: CredentialRow;
  tokens: TokenRow;
  commands: CommandRow;
  audit: AuditRow;
  audit_checkpoints: AuditCheckpointRow;
}

interface TenantRow {
  id: string;
  created_ms: number;
}

export interface DeviceRow {
  tenant: string;
  id: string;
  generation: string;
  model: string | null;
  /** JSON object of strings. */
  labels: string;
  lifecycle: string;
  admin_state: string;
  connectivity: string;
  session_id: string | null;
  /** Grows with each change of connectivity. */
  session_version: number;
  created_ms: number;
  retired_ms: number | null;
  connected_ms: number | null;
  disconnected_ms: number | null;
  last_seen_ms: number | null;
}

export interface CredentialRow {
  id: string;
  tenant: string;
  device: string;
  kind: string;
  salt: string;
  hash: string;
  not_before_ms: number;
  not_after_ms: number;
  created_ms: number;
}

export interface TokenRow {
  tenant: string;
  name: string;
  kind: string;
  /** SHA-256 of the secret: 256 random bits need no salt to be found by. */
  lookup: string;
  salt: string;
  hash: string;
  /** JSON array of topic filters. */
  topics: string;
  read_telemetry: number;
  created_ms: number;
  expires_ms: number | null;
}

export interface CommandRow {
  id: string;
  tenant: string;
  device: string;
  name: string;
  data: string;
  state: string;
  requested_by: string;
  allowed_by: string;
  device_state: string;
  created_ms: number;
  expires_ms: number;
  /** When a delivered command without a result is over. */
  result_due_ms: number | null;
  transitions: string;
  result: string | null;
}

export interface AuditRow {
  tenant: string;
  seq: number;
  time_ms: number;
  /** The actor's name. */
  actor: string;
  action: string;
  target: string;
  outcome: string;
  /** Canonical JSON. */
  record: string;
  hash: string;
}

export interface AuditCheckpointRow {
  tenant: string;
  seq: number;
  hash: string;
  time_ms: number;
  key_id: string;
  signature: string;
}
