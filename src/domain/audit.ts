/** What the audit log says: who did what to what, and whether it was let. One chain of records per tenant. */

export interface AuditActor {
  readonly kind: 'user' | 'token' | 'device' | 'system' | 'anonymous';
  readonly name: string;
  readonly tokenId: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
}

export type AuditOutcome = 'allowed' | 'denied' | 'error';

/** What is to be recorded. What is left out is null in the record; `count` is 1. */
export interface AuditEntry {
  readonly timeMs: number;
  /** Whose chain it goes to; `platform` is the chain of what belongs to no tenant. */
  readonly tenant: string;
  readonly actor: Pick<AuditActor, 'kind' | 'name'> & {
    readonly [Key in 'tokenId' | 'address' | 'userAgent']?: string | null | undefined;
  };
  /** `device:retire`, `login`, `connect`. */
  readonly action: string;
  /** `device/lamp-1`. */
  readonly target: string;
  readonly outcome: AuditOutcome;
  readonly reason?: string | null | undefined;
  /** Digest of the target's state before the change: see `digestOf`. */
  readonly before?: string | null | undefined;
  readonly after?: string | null | undefined;
  /** How many like it this one stands for. */
  readonly count?: number | undefined;
  readonly traceId?: string | null | undefined;
}

export interface AuditRecord {
  /** From 1, without a gap. */
  readonly seq: number;
  /** RFC 3339. */
  readonly time: string;
  readonly tenant: string;
  readonly actor: AuditActor;
  readonly action: string;
  readonly target: string;
  readonly outcome: AuditOutcome;
  readonly reason: string | null;
  /** SHA-256 of the canonical JSON of the target's state, in hex. */
  readonly before: string | null;
  readonly after: string | null;
  readonly count: number;
  readonly traceId: string | null;
  /** The `hash` of the record before; 64 zeros in the first. */
  readonly prevHash: string;
  /** SHA-256 of `prevHash` and the canonical JSON (RFC 8785) of the record without `hash`, in hex. */
  readonly hash: string;
}

/** A signed word that the record `seq` had this `hash`: it vouches for every record up to it. */
export interface AuditCheckpoint {
  readonly tenant: string;
  readonly seq: number;
  readonly hash: string;
  /** RFC 3339. */
  readonly time: string;
  /** First 16 hex digits of the SHA-256 of the public key (SPKI, DER). */
  readonly keyId: string;
  /** Ed25519 over the canonical JSON of tenant, seq, hash and time; base64. */
  readonly signature: string;
}

export type AuditFault = 'changed' | 'deleted' | 'reordered' | 'duplicated' | 'truncated' | 'checkpoint';

export type AuditVerdict =
  | {
      readonly ok: true;
      readonly records: number;
      /** 0 when there is none. */
      readonly lastSeq: number;
      readonly lastHash: string;
      /** The last record that a checkpoint vouches for; a cut behind it cannot be seen. 0 when there is none. */
      readonly checkpointed: number;
      /** Whose signature that is. */
      readonly keyId: string | null;
    }
  | {
      readonly ok: false;
      /** The first record that is not as it was written. */
      readonly seq: number;
      readonly fault: AuditFault;
      readonly detail: string;
    };
