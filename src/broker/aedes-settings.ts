/** How aedes is set up: its limits are the gateway's. */
import type {AedesOptions} from 'aedes';
import {TOPIC_LEVELS_MAX} from '../domain/topic.js';
import {TOPIC_ALIAS_MAX} from './inbound.js';

/** A peer that has not sent a whole CONNECT by then is cut off. */
const CONNECT_TIMEOUT_MS = 5000;

/** How long aedes waits for a subscriber whose socket is full; shedding acts long before. */
const DRAIN_TIMEOUT_MS = 5000;

/** A device's payload is at most 256 KiB; the rest is for topic and properties. */
export const PAYLOAD_BYTES_MAX = 256 * 1024;
export const PACKET_BYTES_MAX = PAYLOAD_BYTES_MAX + 1024;

/** Sessions outlive their connection by at most a week. */
const SESSION_EXPIRY_SEC_MAX = 7 * 24 * 3600;
const PENDING_SESSIONS_MAX = 100_000;

export const AEDES_SETTINGS = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  drainTimeout: DRAIN_TIMEOUT_MS,
  maximumPacketSize: PACKET_BYTES_MAX,
  sessionExpiryIntervalLimit: SESSION_EXPIRY_SEC_MAX,
  pendingSessionsLimit: PENDING_SESSIONS_MAX,
  maxTopicLevels: TOPIC_LEVELS_MAX,
  topicAliasMaximum: TOPIC_ALIAS_MAX,
  maxClientsIdLength: 1024,
} satisfies AedesOptions;
