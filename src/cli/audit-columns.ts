import type {AuditRecord, AuditVerdict} from '../domain/audit.js';
import {type ToneCell, time, toned} from './cell.js';
import type {Columns} from './output.js';

export const AUDIT_COLUMNS: Columns<AuditRecord> = {
  seq: record => record.seq,
  time: record => time(record.time),
  actor: ({actor}) => `${actor.kind}:${actor.name}`,
  action: record => record.action,
  target: record => record.target,
  outcome: record => toned(record.outcome, toneOf(record)),
  count: record => record.count,
  reason: record => record.reason,
  address: ({actor}) => actor.address,
};

/** What is known of the first record that is not as it was written stands beside it. */
export const VERDICT_COLUMNS: Columns<AuditVerdict> = {
  verdict: verdict => (verdict.ok ? toned('intact', 'good') : toned(verdict.fault, 'bad')),
  records: verdict => (verdict.ok ? verdict.records : undefined),
  seq: verdict => (verdict.ok ? verdict.lastSeq : verdict.seq),
  hash: verdict => (verdict.ok ? verdict.lastHash : undefined),
  checkpointed: verdict => (verdict.ok ? verdict.checkpointed : undefined),
  keyId: verdict => (verdict.ok ? verdict.keyId : undefined),
  detail: verdict => (verdict.ok ? undefined : verdict.detail),
};

function toneOf({outcome}: AuditRecord): ToneCell['tone'] {
  if (outcome === 'allowed') return 'good';
  return outcome === 'denied' ? 'warning' : 'bad';
}
