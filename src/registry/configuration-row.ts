/** A configuration as a row, and as everybody else sees it. */
import type {
  Configuration,
  ConfigurationCounts,
  ConfigurationSpec,
  ConfigurationState,
} from '../domain/configuration.js';
import type {JsonObject} from '../domain/json.js';
import type {ConfigurationRow} from './tables/twins.js';

/** As the work at it needs it. */
export interface StoredConfiguration extends ConfigurationSpec {
  readonly tenant: string;
  readonly revision: number;
  /** Of revisions that devices have: by revision. */
  readonly patches: Readonly<Record<string, JsonObject>>;
  readonly phase: ConfigurationRow['phase'];
  readonly stage: number;
  /** Devices whose bucket is not above it have the newest revision, or get it now. */
  readonly threshold: number;
  /** Devices up to this id are looked through. */
  readonly scannedTo: string;
  readonly stopReason: string | null;
  /** So many rejections somebody has seen, and gone on all the same. */
  readonly rejectedAccepted: number;
}

export const storedOfRow = (row: ConfigurationRow): StoredConfiguration => {
  const patches = JSON.parse(row.patches) as Record<string, JsonObject>;
  return {
    tenant: row.tenant,
    name: row.name,
    selector: row.selector,
    priority: row.priority,
    revision: row.revision,
    patches,
    patch: patches[row.revision]!,
    stages: JSON.parse(row.stages) as number[],
    rejectedPercentMax: row.rejected_percent_max,
    phase: row.phase,
    stage: row.stage,
    threshold: row.threshold,
    scannedTo: row.scanned_to,
    stopReason: row.stop_reason,
    rejectedAccepted: row.rejected_accepted,
  };
};

export function configurationView(row: ConfigurationRow, counts: ConfigurationCounts): Configuration {
  const {tenant, name, selector, priority, patch, stages, rejectedPercentMax, revision, stage} =
    storedOfRow(row);
  return {
    name,
    tenant,
    selector,
    priority,
    patch,
    stages,
    rejectedPercentMax,
    revision,
    state: stateOf(row, stages),
    stateReason: row.stop_reason,
    stage,
    createdAt: new Date(row.created_ms).toISOString(),
    createdBy: row.created_by,
    changedAt: new Date(row.changed_ms).toISOString(),
    changedBy: row.changed_by,
    counts,
  };
}

function stateOf(
  {phase, stage, stop_reason: stopReason}: ConfigurationRow,
  stages: readonly number[],
): ConfigurationState {
  if (phase === 'withdrawing') return 'withdrawing';
  if (stopReason !== null) return 'stopped';
  return phase === 'settled' && stage === stages.length - 1 ? 'complete' : 'rolling-out';
}
