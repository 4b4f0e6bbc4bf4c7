/** People, and service accounts: machines that act for themselves. */
export interface User {
  readonly name: string;
  readonly tenant: string;
  /** A `service` account has no password: it acts by its tokens. */
  readonly kind: 'person' | 'service';
  readonly state: 'active' | 'disabled';
  readonly displayName: string | null;
  readonly createdAt: string;
  readonly lastLoginAt: string | null;
}

/** Who holds a grant or a token: `user:alice`, or `token:dashboard` for one that acts for itself. */
export type Subject = `user:${string}` | `token:${string}`;

export const isSubject = (text: string): text is Subject =>
  /^(?:user|token):[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(text);

/** A role that a subject holds, in its tenant or in what a selector chooses of it. */
export interface Binding {
  readonly id: string;
  readonly subject: Subject;
  readonly role: string;
  readonly selector: string | null;
  readonly createdAt: string;
  readonly createdBy: string;
}
