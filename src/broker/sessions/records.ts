/** What is kept of packets and subscriptions, in the shapes that aedes gives and expects. */

type Qos = 0 | 1 | 2;

/** A PUBLISH, or a will, as aedes hands it over. */
export interface BrokerPacket {
  cmd?: string;
  brokerId?: string | undefined;
  brokerCounter?: number | undefined;
  /** The sender, and whether it must not get its own message (MQTT 5, no local). */
  clientId?: string;
  nl?: boolean;
  topic: string;
  payload: Buffer | string;
  qos?: Qos;
  retain?: boolean;
  dup?: boolean;
  messageId?: number | undefined;
  properties?: object;
  /** When the message expires, in epoch milliseconds. */
  messageExpiry?: number;
}

/** Tells aedes to go on with the second half of a QoS 2 delivery. */
export interface PubrelPacket {
  cmd: 'pubrel';
  messageId: number;
}

/** Names a queued message: by packet id, or by where it came from. */
export interface DeliveryRef {
  readonly cmd?: string;
  readonly qos?: Qos;
  readonly brokerId?: string | undefined;
  readonly brokerCounter?: number | undefined;
  readonly messageId?: number | undefined;
}

export interface Subscription {
  readonly topic: string;
  readonly qos: Qos;
  readonly rh?: number | undefined;
  readonly rap?: boolean | undefined;
  readonly nl?: boolean | undefined;
  readonly subscriptionIdentifier?: number | undefined;
}

export type StoredSubscription = Subscription;

/** A subscription found by topic. */
export interface MatchedSubscription {
  readonly clientId: string;
  readonly topic: string;
  readonly qos: Qos;
  readonly rh: number | undefined;
  readonly rap: boolean | undefined;
  readonly nl: boolean | undefined;
}

/** The part of a queued message that is held in memory: `[bytes, brokerId, brokerCounter, messageId, released]`. */
export type QueueEntry = readonly [
  bytes: number,
  brokerId: string,
  brokerCounter: number,
  messageId: number | null,
  released: boolean,
];

export const payloadBytes = (packet: BrokerPacket): number => Buffer.byteLength(packet.payload);

/** The part of a packet that says what is to be delivered; what belongs to one connection is left out. */
export function messageOf(packet: BrokerPacket): BrokerPacket {
  const message: BrokerPacket = {
    cmd: 'publish',
    brokerId: packet.brokerId,
    brokerCounter: packet.brokerCounter,
    topic: packet.topic,
    payload: packet.payload,
    qos: packet.qos ?? 0,
    retain: packet.retain ?? false,
    dup: packet.dup ?? false,
  };
  if (message.qos !== 0) message.messageId = undefined;
  if (packet.clientId !== undefined) message.clientId = packet.clientId;
  if (packet.nl !== undefined) message.nl = packet.nl;
  if (packet.properties !== undefined) message.properties = packet.properties;
  if (packet.messageExpiry !== undefined) message.messageExpiry = packet.messageExpiry;
  return message;
}
