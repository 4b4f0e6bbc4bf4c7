/** Faults: what goes wrong with a device, how often, when, and with which of them. Times in milliseconds. */

/** What becomes of the connection. */
export const LINK_FAULTS = ['link-drop', 'reconnect-storm', 'flapping', 'slow-reader', 'power-cut'] as const;
/** What becomes of a message on its way. */
export const MESSAGE_FAULTS = ['duplicate', 'out-of-order', 'malformed'] as const;
/** What becomes of the values in it. */
export const VALUE_FAULTS = ['clock-skew', 'stuck-value', 'spike', 'drift', 'missing-field'] as const;

export const FAULT_KINDS = [...LINK_FAULTS, ...MESSAGE_FAULTS, ...VALUE_FAULTS, 'tamper'] as const;

export type LinkFault = (typeof LINK_FAULTS)[number];
export type FaultKind = (typeof FAULT_KINDS)[number];

export const isLinkFault = (kind: FaultKind): kind is LinkFault =>
  (LINK_FAULTS as readonly string[]).includes(kind);

/** When a fault comes over a device. */
export type Occurrence =
  /** By chance, so often in an hour on average. */
  | {readonly kind: 'rate'; readonly perHour: number}
  /** By chance, for each message; 0 to 1. */
  | {readonly kind: 'probability'; readonly probability: number}
  /** Once, so long after the start. */
  | {readonly kind: 'at'; readonly atMs: number}
  | {readonly kind: 'every'; readonly everyMs: number};

export interface FaultSpec {
  readonly fault: FaultKind;
  readonly occurrence: Occurrence;
  /** How long it lasts; 0 is one message, or one moment. */
  readonly forMs: number;
  /** Not before and not after, from the start of the run. */
  readonly fromMs: number;
  readonly untilMs: number | undefined;
  /** The part of the devices that it may come over; 0 to 1. */
  readonly share: number;
  /** Of faults of values: which; undefined is one by chance. */
  readonly metric: string | undefined;
  /** Of a spike: what is added to the value; of a drift: in an hour; of a clock skew: milliseconds. */
  readonly by: number;
  /** Is `by` a part of the value (0.5 is half of it)? */
  readonly relative: boolean;
  /** Of flapping: from one drop to the next. */
  readonly periodMs: number;
}
