/**
 * The broker's own name for a session: it belongs to the authenticated identity, whatever client id was sent, so no
 * one can take over a session that is not theirs.
 */
import {randomUUID} from 'node:crypto';
import type {Identity} from '../domain/identity.js';
import {parseUsername} from '../domain/identity.js';
import {isDeviceId, isTenantId} from '../domain/ids.js';
import type {PeerCertificate} from './authenticator.js';

/** `{tenant}:{device}` for a device; `{tenant}~{name}~{client id}` for an application, which may hold many. */
export function ownsSession(identity: Identity, sessionId: string): boolean {
  return identity.kind === 'device'
    ? sessionId === `${identity.tenant}:${identity.device}`
    : sessionId.startsWith(`${identity.tenant}~${identity.name}~`);
}

export interface SessionOwner {
  readonly tenant: string;
  readonly name: string;
  readonly kind: 'device' | 'service';
}

/** Reads a session's name back; a tenant id holds neither `:` nor `~`. */
export function ownerOfSession(sessionId: string): SessionOwner | undefined {
  const mark = /[:~]/.exec(sessionId);
  if (!mark) return undefined;
  const tenant = sessionId.slice(0, mark.index);
  const rest = sessionId.slice(mark.index + 1);
  const kind = mark[0] === ':' ? 'device' : 'service';
  const name = kind === 'device' ? rest : (rest.split('~')[0] ?? '');
  return isTenantId(tenant) && isDeviceId(name) ? {tenant, name, kind} : undefined;
}

/** Who a CONNECT says it is; used for nothing before its secret was verified. */
export const claimOf = (username: string | undefined) =>
  username === undefined ? undefined : parseUsername(username);

/** Tokens' secrets begin with this; devices' never do. */
const TOKEN_PREFIX = 'iotctl_pat_';

/** The session that a CONNECT asks for: authentication confirms it, or the CONNECT is refused. */
export function claimedSession(
  username: string | undefined,
  password: Buffer | undefined,
  clientId: string,
  certificate?: PeerCertificate,
): string {
  if (username === undefined && certificate?.ok) return `${certificate.tenant}:${certificate.device}`;
  const claim = claimOf(username);
  if (!claim) return `~${randomUUID()}`;
  const service = password?.subarray(0, TOKEN_PREFIX.length).equals(Buffer.from(TOKEN_PREFIX)) ?? false;
  return service
    ? `${claim.tenant}~${claim.name}~${clientId === '' ? randomUUID() : clientId}`
    : `${claim.tenant}:${claim.name}`;
}

/** The part of a session's name that its client knows as its client id. */
export const clientIdOfSession = (sessionId: string): string =>
  sessionId.slice(sessionId.lastIndexOf('~') + 1);
