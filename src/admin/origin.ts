/** Where a change comes from: who asks, with what, from where. Every record of the audit log names it. */
import type {AuditEntry} from '../domain/audit.js';
import type {Caller} from '../registry/callers.js';

export interface Origin {
  /** Undefined for someone who could not be identified. */
  readonly caller: Caller | undefined;
  /** Who acts where no caller does: a device that reports, a policy that follows. */
  readonly actor?: {readonly kind: 'device' | 'system'; readonly name: string} | undefined;
  readonly address: string | null;
  readonly userAgent: string | null;
  /** The request's, as its answer names it. */
  readonly traceId: string | null;
}

const NOWHERE = {caller: undefined, address: null, userAgent: null, traceId: null};

/** A device says something of itself. */
export const fromDevice = (id: string): Origin => ({...NOWHERE, actor: {kind: 'device', name: id}});

/** A policy of the tenant follows from what happened. */
export const fromPolicy = (name: string): Origin => ({
  ...NOWHERE,
  actor: {kind: 'system', name: `policy-${name}`},
});

/** Who an event, a row or a record names: `user:alice`, `token:ci`, `device:pump-7`. */
export const nameOf = ({caller, actor}: Origin): string =>
  caller?.subject ?? (actor ? `${actor.kind}:${actor.name}` : 'anonymous');

export function actorOf({caller, actor, address, userAgent}: Origin): AuditEntry['actor'] {
  if (actor) return {...actor, address, userAgent};
  if (!caller) return {kind: 'anonymous', name: 'anonymous', address, userAgent};
  const [kind, name] = caller.subject.split(':') as ['user' | 'token', string];
  return {kind, name, tokenId: caller.token, address, userAgent};
}
