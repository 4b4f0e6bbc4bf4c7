/** The registry's tables. Times are Unix milliseconds; every key starts with the tenant. */
import type {Generated} from 'kysely';
import type {ClaimState} from '../domain/claim.js';
import type {CommandState} from '../domain/command.js';
import type {ConsumerState} from '../domain/consumer.js';
import type {CredentialKind} from '../domain/credential.js';
import type {AdminState, Connectivity, Health, Lifecycle} from '../domain/device.js';
import type {EnrolmentGroup, EnrolmentRequestState} from '../domain/enrolment.js';
import type {FileState} from '../domain/file.js';
import type {Role} from '../domain/permission.js';
import type {TenantState} from '../domain/tenant.js';
import type {Token} from '../domain/token.js';
import type {Acknowledgement, TwinState} from '../domain/twin.js';
import type {UploadState, UploadTarget} from '../domain/upload.js';
import type {Subject, User} from '../domain/user.js';

export interface Schema {
  tenants: TenantRow;
  users: UserRow;
  bindings: BindingRow;
  tokens: TokenRow;
  devices: DeviceRow;
  credentials: CredentialRow;
  group_keys: GroupKeyRow;
  authorities: AuthorityRow;
  revocations: RevocationRow;
  bans: BanRow;
  commands: CommandRow;
  audit: AuditRow;
  audit_checkpoints: AuditCheckpointRow;
  /** One a tenant at most: the same as a checkpoint, signed as a beginning. */
  audit_beginnings: AuditCheckpointRow;
  device_gateways: DeviceGatewayRow;
  models: ModelRow;
  model_faults: ModelFaultRow;
  claims: ClaimRow;
  twins: TwinRow;
  enrolment_groups: EnrolmentGroupRow;
  registrations: RegistrationRow;
  configurations: ConfigurationRow;
  configuration_targets: ConfigurationTargetRow;
  configuration_dirty: ConfigurationDirtyRow;
  outbox: OutboxTable;
  outbox_mark: OutboxMarkRow;
  uploads: UploadTableRow;
  files: FileRow;
  cursors: CursorRow;
  consumers: ConsumerRow;
  dead_letters: DeadLetterRow;
}

export interface TenantRow {
  id: string;
  state: TenantState;
  reason: string | null;
  /** JSON of the quotas that are set. */
  quotas: string;
  /** JSON of a `TenantPolicy`. */
  policy: string;
  /** JSON of a `RetentionPolicy`. */
  retention: string;
  created_ms: number;
  changed_ms: number;
}

export interface UserRow {
  tenant: string;
  name: string;
  kind: User['kind'];
  state: User['state'];
  display_name: string | null;
  /** JSON of a `PasswordHash`. */
  password: string | null;
  created_ms: number;
  last_login_ms: number | null;
}

export interface BindingRow {
  id: string;
  tenant: string;
  subject: Subject;
  role: Role;
  selector: string | null;
  created_ms: number;
  created_by: string;
}

export interface TokenRow {
  tenant: string;
  name: string;
  kind: Token['kind'];
  /** SHA-256 of the secret: 256 random bits need no salt to be found by. */
  lookup: string;
  salt: string;
  hash: string;
  user_name: string | null;
  /** JSON array of permissions. */
  scopes: string | null;
  /** JSON array of topic filters. */
  topics: string;
  created_ms: number;
  created_by: string;
  expires_ms: number | null;
  last_used_ms: number | null;
  last_used_from: string | null;
}

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

export interface ClaimRow {
  tenant: string;
  id: string;
  /** The first 64 bits of the code's HMAC, in hexadecimal: what it is found by. */
  lookup: string;
  /** All of it, which is compared in constant time. */
  proof: string;
  /** As it was written last: one that has ended by itself may still be `open` here. */
  state: ClaimState;
  device: string | null;
  /** Of the device, where it was there when the claim was made. */
  generation: string | null;
  /** The name alone, which selectors choose by. */
  model: string | null;
  /** As it was given, perhaps with a version. */
  model_ref: string | null;
  /** JSON object of strings. */
  labels: string;
  serial: string | null;
  /** 1: a second person has to agree. */
  approval: number;
  /** Hash of what the redeemer is known by again. */
  redeemer: string | null;
  /** JSON of what a waiting device asked for. */
  request: string | null;
  /** What the redeemer got. */
  credential: string | null;
  created_ms: number;
  created_by: string;
  expires_ms: number;
  decided_by: string | null;
  presented_from: string | null;
  redeemed_ms: number | null;
}

export interface EnrolmentGroupRow {
  tenant: string;
  name: string;
  kind: EnrolmentGroup['kind'];
  authority: string | null;
  /** The name alone. */
  model: string | null;
  /** As it was given, perhaps with a version. */
  model_ref: string | null;
  /** JSON object of strings. */
  labels: string;
  approval: EnrolmentGroup['approval'];
  webhook: string | null;
  sealed_webhook_key: string | null;
  /** 1: the webhook may be in a private network. */
  allow_private: number;
  reprovision: EnrolmentGroup['reprovision'];
  state: EnrolmentGroup['state'];
  created_ms: number;
  created_by: string;
}

export interface RegistrationRow {
  tenant: string;
  group_name: string;
  registration_id: string;
  /** What a waiting device asks after. */
  operation: string;
  state: EnrolmentRequestState;
  /** JSON of what a waiting device asked for. */
  request: string | null;
  requested_ms: number | null;
  requested_from: string | null;
  decided_by: string | null;
  reason: string | null;
  /** Of the device that it became. */
  generation: string | null;
  /** What the device got. */
  credential: string | null;
  registered_ms: number | null;
}

export interface CredentialRow {
  id: string;
  tenant: string;
  device: string;
  kind: CredentialKind;
  /** JSON of what it is checked against: a hash, or a sealed key. */
  proof: string;
  /** Of a certificate, in hexadecimal. */
  serial: string | null;
  not_before_ms: number;
  not_after_ms: number;
  created_ms: number;
  created_by: string | null;
  last_used_ms: number | null;
  last_used_from: string | null;
}

export interface GroupKeyRow {
  /** What the keys derived from it are for. */
  purpose: 'login' | 'enrolment';
  tenant: string;
  name: string;
  sealed_key: string;
  created_ms: number;
  created_by: string;
}

export interface AuthorityRow {
  id: string;
  tenant: string;
  kind: 'issuing' | 'customer';
  /** `pending`: its owner has not shown yet that they hold its key. */
  state: 'active' | 'pending';
  /** PEM. */
  certificate: string;
  sealed_key: string | null;
  code: string | null;
  /** What the certificates that it signed are for. */
  purpose: 'login' | 'enrolment';
  /** Number of the last revocation list. */
  list_number: number;
  created_ms: number;
  created_by: string;
}

export interface RevocationRow {
  authority: string;
  serial: string;
  revoked_ms: number;
  /** When the certificate ends by itself: from then on no list has to name it. */
  expires_ms: number;
}

export interface BanRow {
  id: string;
  tenant: string | null;
  device: string | null;
  address: string | null;
  reason: string;
  created_ms: number;
  created_by: string;
  expires_ms: number | null;
}

export interface CommandRow {
  id: string;
  tenant: string;
  device: string;
  name: string;
  data: string;
  state: CommandState;
  requested_by: string;
  allowed_by: string;
  device_state: string;
  created_ms: number;
  expires_ms: number;
  /** When a delivered command without a result is over. */
  result_due_ms: number | null;
  transitions: string;
  result: string | null;
  /** 1: goes to a device in maintenance too. */
  forced: number;
}

/** Documents and marks are JSON. */
export interface TwinRow {
  tenant: string;
  device: string;
  desired_version: number;
  reported_version: number;
  tags_version: number;
  state: TwinState;
  state_ms: number | null;
  acknowledged_version: number | null;
  acknowledged_status: Acknowledgement['status'] | null;
  acknowledged_reason: string | null;
  acknowledged_ms: number | null;
  /** Of the last event in it. */
  reported_offset: number;
  desired: string;
  /** Null where it is the same as `desired`. */
  own: string | null;
  reported: string;
  tags: string;
  desired_marks: string;
  reported_marks: string;
  tags_marks: string;
}

export interface ConfigurationRow {
  tenant: string;
  name: string;
  /** Null chooses every device. */
  selector: string | null;
  priority: number;
  revision: number;
  /** JSON object of merge patches, by revision: of the newest one, and of those that devices still have. */
  patches: string;
  /** JSON array of percents. */
  stages: string;
  rejected_percent_max: number;
  /** So many rejections somebody has seen, and gone on all the same. */
  rejected_accepted: number;
  /** Its devices are looked for; the present stage gets it; that is done; it is taken away again. */
  phase: 'scanning' | 'laying' | 'settled' | 'withdrawing';
  stage: number;
  threshold: number;
  scanned_to: string;
  stop_reason: string | null;
  created_ms: number;
  created_by: string;
  changed_ms: number;
  changed_by: string;
}

export interface ConfigurationTargetRow {
  tenant: string;
  configuration: string;
  device: string;
  bucket: number;
  /** 0: none yet. */
  laid_revision: number;
  /** Why that revision is not laid on this device, though it is its turn. */
  fault: string | null;
}

/** A device that is new or another one now. */
export interface ConfigurationDirtyRow {
  tenant: string;
  device: string;
}

export interface OutboxTable {
  seq: Generated<number>;
  /** JSON of an `OutboxEvent`. */
  event: string;
}

export interface OutboxMarkRow {
  /** There is one row. */
  one: 1;
  /** Events of changes that are still in the outbox are not before it in the event stream. */
  offset: number;
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

export interface CursorRow {
  tenant: string;
  name: string;
  /** The last one that was read. */
  last_offset: number;
  created_ms: number;
  created_by: string;
  moved_ms: number;
}

export interface UploadTableRow {
  tenant: string;
  id: string;
  name: string;
  /** One of each caller. */
  digest: string;
  target: UploadTarget;
  state: UploadState;
  next_part: number;
  /** Of the next part, once it is begun: its rows, and the stream's head at that time. */
  begun_digest: string | null;
  begun_offset: number | null;
  /** JSON of a `PartAnswer`: of the part before the next. */
  answer: string | null;
  rows_accepted: number;
  rows_refused: number;
  created_ms: number;
  created_by: string;
  finished_ms: number | null;
}

export interface FileRow {
  tenant: string;
  id: string;
  name: string;
  device: string | null;
  state: FileState;
  bytes: number;
  digest: string;
  content_type: string;
  created_ms: number;
  created_by: string;
  stored_ms: number | null;
}

export interface ConsumerRow {
  tenant: string;
  name: string;
  /** A new one with each change. */
  epoch: string;
  /** JSON of a `ConsumerTarget`. */
  target: string;
  /** JSON of a `ConsumerFilter`. */
  filter: string;
  /** JSON of a `ConsumerPace`. */
  pace: string;
  /** JSON of a `ConsumerSecret`, sealed. */
  sealed_secret: string;
  state: ConsumerState;
  problem: string | null;
  problem_ms: number | null;
  /** 1: the last event about it said that it fails. */
  told_problem: number;
  told_ms: number;
  last_offset: number;
  moved_ms: number;
  gap_ms: number | null;
  created_ms: number;
  created_by: string;
}

export interface DeadLetterRow {
  tenant: string;
  consumer: string;
  offset: number;
  device: string;
  type: string;
  /** JSON of a `StoredEvent`, its payload in base64. */
  event: string;
  reason: string;
  attempts: number;
  failed_ms: number;
  /** 1: it is to be tried again. */
  replaying: number;
}
