/** Records of changes, and their events on the way to the stream. */
import type {Generated} from 'kysely';

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
