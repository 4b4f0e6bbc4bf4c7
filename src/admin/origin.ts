/** Where a change comes from: who asks, with what, from where. Every record of the audit log names it. */
import type {AuditEntry} from '../domain/audit.js';
import type {Caller} from '../registry/callers.js';

export interface Origin {
  /** Undefined for someone who could not be identified. */
  readonly caller: Caller | undefined;
  readonly address: string | null;
  readonly userAgent: string | null;
  /** The request's, as its answer names it. */
  readonly traceId: string | null;
}

/** Who an event, a row or a record names: `user:alice`, `token:ci`. */
export const nameOf = ({caller}: Origin): string => caller?.subject ?? 'anonymous';

export function actorOf({caller, address, userAgent}: Origin): AuditEntry['actor'] {
  if (!caller) return {kind: 'anonymous', name: 'anonymous', address, userAgent};
  const [kind, name] = caller.subject.split(':') as ['user' | 'token', string];
  return {kind, name, tokenId: caller.token, address, userAgent};
}
