/** Enrolment groups: whoever makes devices in numbers gives each what proves that it belongs to the group. */

/** key: a key of the device's own, derived from the group's · ca: a certificate of the group's authority. */
export const ENROLMENT_KINDS = ['key', 'ca'] as const;
export type EnrolmentKind = (typeof ENROLMENT_KINDS)[number];

/** Who has to agree before a device gets anything. */
export const ENROLMENT_APPROVALS = ['none', 'person', 'webhook'] as const;
export type EnrolmentApproval = (typeof ENROLMENT_APPROVALS)[number];

/** What follows when a device that has registered, and used what it got, registers again. */
export const REPROVISION_POLICIES = ['keep-twin', 'reset-twin', 'never'] as const;
export type ReprovisionPolicy = (typeof REPROVISION_POLICIES)[number];

/** Keys of JSON as printed by `iotctl enroll group list -o json`; never a key. Times are RFC 3339 in UTC. */
export interface EnrolmentGroup {
  readonly name: string;
  readonly kind: EnrolmentKind;
  /** The id of the authority, of kind `ca`. */
  readonly authority: string | null;
  readonly model: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly approval: EnrolmentApproval;
  readonly webhook: string | null;
  /** May the webhook be in a private network? */
  readonly allowPrivate: boolean;
  readonly reprovision: ReprovisionPolicy;
  readonly state: 'enabled' | 'disabled';
  readonly createdAt: string;
  readonly createdBy: string;
  /** How many have registered, and how many wait. */
  readonly registered: number;
  readonly waiting: number;
}

/** waiting: somebody has to agree · approved: it gets its credential when it asks again · denied: never, in any group. */
export const ENROLMENT_REQUEST_STATES = ['waiting', 'approved', 'denied', 'registered'] as const;
export type EnrolmentRequestState = (typeof ENROLMENT_REQUEST_STATES)[number];

/** Keys of JSON as printed by `iotctl enroll request list -o json`. */
export interface EnrolmentRequest {
  readonly group: string;
  /** The id that the device will have. */
  readonly registrationId: string;
  readonly state: EnrolmentRequestState;
  readonly requestedAt: string | null;
  readonly requestedFrom: string | null;
  readonly decidedBy: string | null;
  readonly reason: string | null;
  readonly registeredAt: string | null;
}
