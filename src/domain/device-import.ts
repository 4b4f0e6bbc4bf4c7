/** One device as it is moved in: what is written about it, and what it proves itself with, which nobody but its owner knows. */
import type {HashedSecret} from './credential.js';
import type {AdminState} from './device.js';
import type {ErrorCode} from './errors.js';
import type {ForeignHash} from './password.js';

/** A secret comes as its hash: what is never sent cannot be lost on the way, and can be sent again. */
export type ImportedCredential =
  | {readonly kind: 'none'}
  | ({readonly kind: 'secret'} & HashedSecret)
  | {readonly kind: 'token'; readonly keyBase64: string}
  | {readonly kind: 'password'; readonly hash: ForeignHash};

/** Of a device that is there, what is left out stays and a null takes away; a new one has neither. */
export interface ImportRow {
  readonly id: string;
  readonly model?: string | null | undefined;
  readonly labels?: Readonly<Record<string, string | null>> | undefined;
  readonly metadata?: Readonly<Record<string, string | null>> | undefined;
  readonly components?: Readonly<Record<string, {model: string | null} | null>> | undefined;
  readonly via?: readonly string[] | undefined;
  readonly adminState?: AdminState | undefined;
  readonly credential?: ImportedCredential | undefined;
}

/** What becomes of a device that is there already: an error, nothing, or what the row says. */
export const IMPORT_MODES = ['create', 'keep', 'update'] as const;
export type ImportMode = (typeof IMPORT_MODES)[number];

/** `unchanged`: it was there, just so, or is kept as it is. */
export const IMPORT_OUTCOMES = ['created', 'updated', 'unchanged', 'failed'] as const;
export type ImportOutcome = (typeof IMPORT_OUTCOMES)[number];

export interface ImportResult {
  readonly id: string;
  readonly outcome: ImportOutcome;
  /** Why it failed. */
  readonly code: ErrorCode | null;
  readonly message: string | null;
  /** Of the row, where the device has it now: what it logs in as, and the key's id. */
  readonly credential: {readonly id: string; readonly username: string} | null;
}
