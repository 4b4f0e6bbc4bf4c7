/** The registry's tables. Times are Unix milliseconds; every key starts with the tenant. */
import type {AuditCheckpointRow, AuditRow, OutboxMarkRow, OutboxTable} from './tables/audit.js';
import type {CommandRow} from './tables/commands.js';
import type {ConsumerRow, CursorRow, DeadLetterRow} from './tables/consumers.js';
import type {AuthorityRow, BanRow, CredentialRow, GroupKeyRow, RevocationRow} from './tables/credentials.js';
import type {DeviceGatewayRow, DeviceRow, ModelFaultRow, ModelRow} from './tables/devices.js';
import type {ClaimRow, EnrolmentGroupRow, RegistrationRow} from './tables/enrolment.js';
import type {BindingRow, TenantRow, TokenRow, UserRow} from './tables/tenants.js';
import type {
  ConfigurationDirtyRow,
  ConfigurationRow,
  ConfigurationTargetRow,
  TwinRow,
} from './tables/twins.js';
import type {FileRow, UploadTableRow} from './tables/uploads.js';

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
