/** What is desired of devices, one by one and by configurations. */
import type {Acknowledgement, TwinState} from '../../domain/twin.js';

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
