/** The limits of the session store, and who is told when one is reached. */
import type {DropReason} from './outgoing-queue.js';
import type {BrokerPacket} from './records.js';
import type {RetainedRefusal} from './retained-messages.js';

export interface SessionPersistenceOptions {
  /** Messages that wait for one session; the oldest gives way to the next. */
  readonly queuedMessagesMax?: number;
  readonly queuedBytesMax?: number;
  /** QoS 2 messages of one session between PUBLISH and PUBREL; more are refused. */
  readonly incomingMessagesMax?: number;
  readonly incomingBytesMax?: number;
  readonly retainedMessagesMax?: number;
  readonly retainedBytesMax?: number;
  readonly onDropped?: (clientId: string, packet: BrokerPacket, reason: DropReason) => void;
  readonly onRetainedRefused?: (packet: BrokerPacket, reason: RetainedRefusal) => void;
}

const MIB = 1024 * 1024;

export const DEFAULT_OPTIONS: Required<SessionPersistenceOptions> = {
  queuedMessagesMax: 1000,
  queuedBytesMax: MIB,
  incomingMessagesMax: 1000,
  incomingBytesMax: MIB,
  retainedMessagesMax: 100_000,
  retainedBytesMax: 64 * MIB,
  onDropped: () => undefined,
  onRetainedRefused: () => undefined,
};
