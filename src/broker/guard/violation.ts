/** What a packet did wrong, in words for a log, and as an MQTT 5 reason code (MQTT 5, 2.4) from which the answer is made. */

export const REASON = {
  malformed: 0x81,
  protocolError: 0x82,
  versionUnsupported: 0x84,
  clientIdInvalid: 0x85,
  authenticationMethodBad: 0x8c,
  filterInvalid: 0x8f,
  topicInvalid: 0x90,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  quotaExceeded: 0x97,
  sharedUnsupported: 0x9e,
} as const;

/** One of `REASON`'s codes; the caller may answer with others too. */
export type ReasonCode = number;

/** The connection has to end; `encodeRefusal` says what, if anything, may be sent before. */
export interface Violation {
  readonly ok: false;
  readonly reason: string;
  readonly code: ReasonCode;
}

export const violation = (code: ReasonCode, reason: string): Violation => ({ok: false, reason, code});

export const malformed = (reason: string): Violation => violation(REASON.malformed, reason);

export const protocolError = (reason: string): Violation => violation(REASON.protocolError, reason);
