/** Who reads the events of a tenant, and how far. */
import type {ConsumerState} from '../../domain/consumer.js';

export interface CursorRow {
  tenant: string;
  name: string;
  /** The last one that was read. */
  last_offset: number;
  created_ms: number;
  created_by: string;
  moved_ms: number;
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
