/** What devices prove themselves with, who vouches for it, and who is kept out. */
import type {CredentialKind} from '../../domain/credential.js';

export interface CredentialRow {
  id: string;
  tenant: string;
  device: string;
  kind: CredentialKind;
  /** JSON of what it is checked against: a hash, or a sealed key. */
  proof: string;
  /** Of a certificate, in hexadecimal. */
  serial: string | null;
  not_before_ms: number;
  not_after_ms: number;
  created_ms: number;
  created_by: string | null;
  last_used_ms: number | null;
  last_used_from: string | null;
}

export interface GroupKeyRow {
  /** What the keys derived from it are for. */
  purpose: 'login' | 'enrolment';
  tenant: string;
  name: string;
  sealed_key: string;
  created_ms: number;
  created_by: string;
}

export interface AuthorityRow {
  id: string;
  tenant: string;
  kind: 'issuing' | 'customer';
  /** `pending`: its owner has not shown yet that they hold its key. */
  state: 'active' | 'pending';
  /** PEM. */
  certificate: string;
  sealed_key: string | null;
  code: string | null;
  /** What the certificates that it signed are for. */
  purpose: 'login' | 'enrolment';
  /** Number of the last revocation list. */
  list_number: number;
  created_ms: number;
  created_by: string;
}

export interface RevocationRow {
  authority: string;
  serial: string;
  revoked_ms: number;
  /** When the certificate ends by itself: from then on no list has to name it. */
  expires_ms: number;
}

export interface BanRow {
  id: string;
  tenant: string | null;
  device: string | null;
  address: string | null;
  reason: string;
  created_ms: number;
  created_by: string;
  expires_ms: number | null;
}
