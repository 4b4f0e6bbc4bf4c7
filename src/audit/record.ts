/** One record of the audit log: how it is made from an entry, hashed, and read back. */
import {createHash} from 'node:crypto';
import canonicalize from 'canonicalize';
import type {AuditEntry, AuditRecord} from '../domain/audit.js';
import {withoutSecrets} from '../domain/generated-secret.js';

/** What the first record of a chain has for the hash of the one before it. */
export const FIRST_PREV_HASH = '0'.repeat(64);

/** Whoever sends the text decides its length: a record stays small all the same. */
const TEXT_LIMIT = 500;

/**
 * Canonical JSON (RFC 8785). Half a surrogate pair is escaped instead of refused: a state that a device sent has to
 * have a digest whatever is in it. Throws `TypeError` for what JSON cannot say.
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError(`${typeof value} has no JSON`);
  return text;
}

/** SHA-256 of the canonical JSON of a state, in hex: what `before` and `after` hold. */
export const digestOf = (state: unknown): string => sha256Hex(canonicalJson(state));

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

export const hashOf = (content: Omit<AuditRecord, 'hash'>): string =>
  sha256Hex(content.prevHash + canonicalJson(content));

/**
 * Cuts what others have written to a length that can be kept. A name in what was refused may belong to nobody, and be a
 * secret that went into the wrong place: that is left out.
 */
export function boundEntry(entry: AuditEntry): AuditEntry {
  const {actor} = entry;
  const kept = entry.outcome === 'allowed' ? bound : (text: string) => bound(withoutSecrets(text));
  return {
    ...entry,
    actor: {
      kind: actor.kind,
      name: kept(actor.name),
      tokenId: boundOrNull(actor.tokenId),
      address: boundOrNull(actor.address),
      userAgent: boundOrNull(actor.userAgent),
    },
    action: bound(entry.action),
    target: kept(entry.target),
    reason: typeof entry.reason === 'string' ? kept(entry.reason) : null,
    traceId: boundOrNull(entry.traceId),
  };
}

/** The record that follows the one with `prevHash`. */
export function sealRecord(entry: AuditEntry, {seq, prevHash}: {seq: number; prevHash: string}): AuditRecord {
  const {actor, action, target, reason, traceId} = boundEntry(entry);
  const content = {
    seq,
    time: new Date(entry.timeMs).toISOString(),
    tenant: entry.tenant,
    actor: {
      kind: actor.kind,
      name: actor.name,
      tokenId: actor.tokenId ?? null,
      address: actor.address ?? null,
      userAgent: actor.userAgent ?? null,
    },
    action,
    target,
    outcome: entry.outcome,
    reason: reason ?? null,
    before: entry.before ?? null,
    after: entry.after ?? null,
    count: entry.count ?? 1,
    traceId: traceId ?? null,
    prevHash,
  };
  return {...content, hash: hashOf(content)};
}

/**
 * The record that a stored text says, or why it is none: it has to be the canonical JSON of a record with the hash of
 * its content. JSON that only means the same was written by somebody else.
 */
export function readRecord(text: string): AuditRecord | string {
  try {
    const record = JSON.parse(text) as AuditRecord;
    if (!Number.isSafeInteger(record.seq) || record.seq < 1) return 'it has no sequence number';
    if (typeof record.prevHash !== 'string') return 'it has no hash of the record before';
    if (canonicalJson(record) !== text) return 'it is not canonical JSON';
    const {hash, ...content} = record;
    return hashOf(content) === hash ? record : 'its content does not have its hash';
  } catch {
    return 'it is not a JSON object';
  }
}

const boundOrNull = (text: string | null | undefined): string | null =>
  text === null || text === undefined ? null : bound(text);

/** A pair of surrogates that the cut parts would be no Unicode text; SQLite's text ends at a NUL. */
const bound = (text: string): string =>
  (text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT - 1)}…` : text)
    .toWellFormed()
    .replaceAll('\0', '\ufffd');
