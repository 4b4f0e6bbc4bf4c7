/** A twin as a row, and as everybody else sees it. */
import type {JsonObject} from '../domain/json.js';
import type {Acknowledgement, Marks, SectionView, StoredTwin, Twin, Versioned} from '../domain/twin.js';
import {deltaOf} from '../domain/twin-delta.js';
import {marksView} from '../domain/twin-marks.js';
import type {TwinRow} from './tables/twins.js';

export interface DeviceKey {
  readonly tenant: string;
  readonly device: string;
}

export const twinOfRow = (row: TwinRow): StoredTwin => ({
  desired: versioned(row.desired_version, row.desired, row.desired_marks),
  own: JSON.parse(row.own ?? row.desired) as JsonObject,
  reported: versioned(row.reported_version, row.reported, row.reported_marks),
  tags: versioned(row.tags_version, row.tags, row.tags_marks),
  acknowledged: acknowledgementOf(row),
  state: row.state,
  stateMs: row.state_ms ?? undefined,
  reportedOffset: row.reported_offset,
});

export function rowOfTwin({tenant, device}: DeviceKey, twin: StoredTwin): TwinRow {
  const desired = JSON.stringify(twin.desired.document);
  const own = JSON.stringify(twin.own);
  return {
    tenant,
    device,
    desired_version: twin.desired.version,
    reported_version: twin.reported.version,
    tags_version: twin.tags.version,
    state: twin.state,
    state_ms: twin.stateMs ?? null,
    acknowledged_version: twin.acknowledged?.version ?? null,
    acknowledged_status: twin.acknowledged?.status ?? null,
    acknowledged_reason: twin.acknowledged?.reason ?? null,
    acknowledged_ms: twin.acknowledged?.atMs ?? null,
    reported_offset: twin.reportedOffset,
    desired,
    // Most twins have no configuration: what operators set is not kept twice.
    own: own === desired ? null : own,
    reported: JSON.stringify(twin.reported.document),
    tags: JSON.stringify(twin.tags.document),
    desired_marks: JSON.stringify(twin.desired.marks),
    reported_marks: JSON.stringify(twin.reported.marks),
    tags_marks: JSON.stringify(twin.tags.marks),
  };
}

export function twinView({tenant, device}: DeviceKey, twin: StoredTwin): Twin {
  const {desired, own, reported, tags, acknowledged} = twin;
  return {
    device,
    tenant,
    desired: {...sectionView(desired), own},
    reported: sectionView(reported),
    tags: sectionView(tags),
    delta: deltaOf(desired.document, reported.document),
    state: twin.state,
    stateSince: twin.stateMs === undefined ? null : new Date(twin.stateMs).toISOString(),
    acknowledged: acknowledged
      ? {
          version: acknowledged.version,
          status: acknowledged.status,
          reason: acknowledged.reason,
          at: new Date(acknowledged.atMs).toISOString(),
        }
      : null,
  };
}

const sectionView = ({version, document, marks}: Versioned): SectionView => ({
  version,
  properties: document,
  metadata: marksView(marks),
});

const versioned = (version: number, document: string, marks: string): Versioned => ({
  version,
  document: JSON.parse(document) as JsonObject,
  marks: JSON.parse(marks) as Marks,
});

function acknowledgementOf(row: TwinRow): Acknowledgement | undefined {
  const {acknowledged_version: version, acknowledged_status: status, acknowledged_ms: atMs} = row;
  if (version === null || status === null || atMs === null) return undefined;
  return {version, status, reason: row.acknowledged_reason, atMs};
}
