/** What the gateway itself has to say: a quota that is used up, a message that nobody gets. */
import {type NewEvent, ownEvent} from '../domain/event.js';
import type {Connection} from './connection.js';
import type {QuotaNews} from './limits/tenant-loads.js';
import type {Refusal} from './refusals.js';
import {ownerOfSession} from './session.js';

export const quotaEvent = ({tenant, exceeded, ...data}: QuotaNews): NewEvent =>
  ownEvent({tenant, type: exceeded ? 'quota.exceeded' : 'quota.warning', data});

export const tooLargeFor = ({tenant, device}: Connection, subject: string): Refusal => ({
  type: 'message.dropped',
  tenant,
  device,
  reason: 'larger than the subscriber’s maximum packet size',
  subject,
});

export interface DroppedMessage {
  readonly sessionId: string;
  readonly topic: string;
  readonly reason: string;
}

/** A session's queue, or the retained messages, were full: something had to go. */
export function droppedOf({sessionId, topic, reason}: DroppedMessage): Refusal {
  const owner = ownerOfSession(sessionId);
  return {
    type: 'message.dropped',
    tenant: owner?.tenant ?? '',
    device: owner?.kind === 'device' ? owner.name : '',
    reason,
    subject: topic,
  };
}
