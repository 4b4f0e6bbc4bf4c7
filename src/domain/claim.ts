/** A claim: a code, made by a technician, with which one device gets its first credential, once. */
export const CLAIM_STATES = ['open', 'pending', 'redeemed', 'withdrawn', 'expired', 'denied'] as const;

/**
 * open: it can be redeemed · pending: a device presented it, and a second person has to agree · redeemed: a device has it
 * · withdrawn: somebody took it back · expired: its time was over before · denied: the second person did not agree.
 */
export type ClaimState = (typeof CLAIM_STATES)[number];

export const CLAIM_TTL_SEC_DEFAULT = 15 * 60;
export const CLAIM_TTL_SEC_MIN = 60;
export const CLAIM_TTL_SEC_MAX = 24 * 3600;

export const SERIAL_CHARACTERS_MAX = 128;

/** Keys of JSON as printed by `iotctl claim list -o json`; never the code. Times are RFC 3339 in UTC. */
export interface Claim {
  readonly id: string;
  /** The device that it is for; that redeemed it; null while any may. */
  readonly device: string | null;
  /** `thermostat`, or a version of it, `thermostat@2`. */
  readonly model: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** The only one that may redeem it has this serial number; null is any. */
  readonly serial: string | null;
  /** Does a second person have to agree? */
  readonly approval: boolean;
  readonly state: ClaimState;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  /** Who agreed, or did not. */
  readonly decidedBy: string | null;
  readonly redeemedAt: string | null;
  /** The address that presented it. */
  readonly redeemedFrom: string | null;
}
