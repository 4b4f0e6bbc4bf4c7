/** How devices get their first credential. */
import type {ClaimState} from '../../domain/claim.js';
import type {EnrolmentGroup, EnrolmentRequestState} from '../../domain/enrolment.js';

export interface ClaimRow {
  tenant: string;
  id: string;
  /** The first 64 bits of the code's HMAC, in hexadecimal: what it is found by. */
  lookup: string;
  /** All of it, which is compared in constant time. */
  proof: string;
  /** As it was written last: one that has ended by itself may still be `open` here. */
  state: ClaimState;
  device: string | null;
  /** Of the device, where it was there when the claim was made. */
  generation: string | null;
  /** The name alone, which selectors choose by. */
  model: string | null;
  /** As it was given, perhaps with a version. */
  model_ref: string | null;
  /** JSON object of strings. */
  labels: string;
  serial: string | null;
  /** 1: a second person has to agree. */
  approval: number;
  /** Hash of what the redeemer is known by again. */
  redeemer: string | null;
  /** JSON of what a waiting device asked for. */
  request: string | null;
  /** What the redeemer got. */
  credential: string | null;
  created_ms: number;
  created_by: string;
  expires_ms: number;
  decided_by: string | null;
  presented_from: string | null;
  redeemed_ms: number | null;
}

export interface EnrolmentGroupRow {
  tenant: string;
  name: string;
  kind: EnrolmentGroup['kind'];
  authority: string | null;
  /** The name alone. */
  model: string | null;
  /** As it was given, perhaps with a version. */
  model_ref: string | null;
  /** JSON object of strings. */
  labels: string;
  approval: EnrolmentGroup['approval'];
  webhook: string | null;
  sealed_webhook_key: string | null;
  /** 1: the webhook may be in a private network. */
  allow_private: number;
  reprovision: EnrolmentGroup['reprovision'];
  state: EnrolmentGroup['state'];
  created_ms: number;
  created_by: string;
}

export interface RegistrationRow {
  tenant: string;
  group_name: string;
  registration_id: string;
  /** What a waiting device asks after. */
  operation: string;
  state: EnrolmentRequestState;
  /** JSON of what a waiting device asked for. */
  request: string | null;
  requested_ms: number | null;
  requested_from: string | null;
  decided_by: string | null;
  reason: string | null;
  /** Of the device that it became. */
  generation: string | null;
  /** What the device got. */
  credential: string | null;
  registered_ms: number | null;
}
