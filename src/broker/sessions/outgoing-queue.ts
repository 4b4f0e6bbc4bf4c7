/** The messages that wait for one session, oldest first; found by packet id or by origin without a search. */
import {
  type BrokerPacket,
  type DeliveryRef,
  messageOf,
  type PubrelPacket,
  payloadBytes,
  type QueueEntry,
} from './records.js';
import type {PairKey, Tables} from './tables.js';

export type DropReason = 'queue-messages' | 'queue-bytes' | 'message-too-large';

export interface QueueLimits {
  readonly messagesMax: number;
  readonly bytesMax: number;
  readonly onDropped: (packet: BrokerPacket, reason: DropReason) => void;
}

/** What a message takes beside its payload and topic. */
const MESSAGE_OVERHEAD_BYTES = 64;

interface Waiting {
  readonly key: PairKey;
  readonly origin: string;
  readonly brokerId: string;
  readonly brokerCounter: number;
  bytes: number;
  messageId: number | undefined;
  /** Has the client confirmed a QoS 2 message with PUBREC? Then only PUBREL is left to send. */
  released: boolean;
  /** The message until it can be read from the table. */
  message: BrokerPacket | undefined;
}

const originOf = (packet: DeliveryRef): string => `${packet.brokerId ?? ''}:${packet.brokerCounter ?? 0}`;

export class OutgoingQueue {
  readonly #waiting = new Map<number, Waiting>();
  readonly #byMessageId = new Map<number, Waiting>();
  readonly #byOrigin = new Map<string, Waiting>();
  #bytes = 0;
  #next = 1;

  constructor(
    private readonly session: number,
    private readonly tables: Tables,
    private readonly limits: QueueLimits,
  ) {}

  get messages(): number {
    return this.#waiting.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes up an entry that an earlier run left in the table. */
  load(key: PairKey, [bytes, brokerId, brokerCounter, messageId, released]: QueueEntry): void {
    const origin = originOf({brokerId, brokerCounter});
    this.#add({
      key,
      origin,
      brokerId,
      brokerCounter,
      bytes,
      messageId: messageId ?? undefined,
      released,
      message: undefined,
    });
    this.#next = Math.max(this.#next, key[1] + 1);
  }

  has(key: PairKey): boolean {
    return this.#waiting.has(key[1]);
  }

  /**
   * Appends a message and returns what to call once that is on disk, or has failed; undefined when the message is
   * larger than the whole queue may be. At the limit the oldest messages give way.
   */
  enqueue(packet: BrokerPacket): ((error?: unknown) => void) | undefined {
    const message = messageOf(packet);
    const bytes = payloadBytes(message) + Buffer.byteLength(message.topic) + MESSAGE_OVERHEAD_BYTES;
    if (bytes > this.limits.bytesMax) {
      this.limits.onDropped(message, 'message-too-large');
      return undefined;
    }
    this.#makeRoom(bytes);
    const waiting: Waiting = {
      key: [this.session, this.#next++],
      origin: originOf(packet),
      brokerId: packet.brokerId ?? '',
      brokerCounter: packet.brokerCounter ?? 0,
      bytes,
      messageId: undefined,
      released: false,
      message,
    };
    this.#add(waiting);
    void this.tables.put(this.tables.queued, waiting.key, message);
    this.#write(waiting);
    return error => {
      waiting.message = undefined;
      if (error !== undefined) this.#forget(waiting);
    };
  }

  /** Notes the packet id under which a message is sent, unless that had to give way meanwhile. */
  assign(packet: DeliveryRef): void {
    const waiting = this.#byOrigin.get(originOf(packet));
    if (waiting === undefined || packet.messageId === undefined) return;
    if (waiting.messageId === packet.messageId) return;
    if (waiting.messageId !== undefined && this.#byMessageId.get(waiting.messageId) === waiting)
      this.#byMessageId.delete(waiting.messageId);
    waiting.messageId = packet.messageId;
    this.#byMessageId.set(packet.messageId, waiting);
    this.#write(waiting);
  }

  /** A QoS 2 message has arrived: from now on only its PUBREL is sent again. */
  release(messageId: number | undefined): void {
    const waiting = messageId === undefined ? undefined : this.#byMessageId.get(messageId);
    if (waiting === undefined || waiting.released) return;
    waiting.released = true;
    this.#bytes -= waiting.bytes;
    waiting.bytes = 0;
    void this.tables.remove(this.tables.queued, waiting.key);
    this.#write(waiting);
  }

  /** Takes the message with this packet id, or else of this origin, out of the queue. */
  take(packet: DeliveryRef): BrokerPacket | PubrelPacket | undefined {
    const waiting =
      packet.messageId === undefined
        ? this.#byOrigin.get(originOf(packet))
        : this.#byMessageId.get(packet.messageId);
    if (waiting === undefined) return undefined;
    const taken = this.#read(waiting);
    this.#remove(waiting);
    return taken;
  }

  /** The messages that wait now, each read when its turn comes; those taken meanwhile are left out, and all once the tables are closed. */
  *packets(): Generator<BrokerPacket | PubrelPacket> {
    for (const waiting of [...this.#waiting.values()]) {
      if (this.tables.closed) return;
      const packet = this.#waiting.has(waiting.key[1]) ? this.#read(waiting) : undefined;
      if (packet !== undefined) yield packet;
    }
  }

  clear(): void {
    for (const waiting of this.#waiting.values()) this.#remove(waiting);
  }

  #makeRoom(bytes: number): void {
    for (const oldest of this.#waiting.values()) {
      const tooMany = this.#waiting.size >= this.limits.messagesMax;
      if (!tooMany && this.#bytes + bytes <= this.limits.bytesMax) return;
      const packet = this.#read(oldest);
      this.#remove(oldest);
      if (packet?.cmd === 'publish')
        this.limits.onDropped(packet as BrokerPacket, tooMany ? 'queue-messages' : 'queue-bytes');
    }
  }

  #read(waiting: Waiting): BrokerPacket | PubrelPacket | undefined {
    if (waiting.released) return {cmd: 'pubrel', messageId: waiting.messageId!};
    const message = waiting.message ?? this.tables.queued.get(waiting.key);
    return message === undefined ? undefined : {...message, messageId: waiting.messageId};
  }

  #write({key, bytes, brokerId, brokerCounter, messageId, released}: Waiting): void {
    void this.tables.put(this.tables.queue, key, [
      bytes,
      brokerId,
      brokerCounter,
      messageId ?? null,
      released,
    ]);
  }

  #add(waiting: Waiting): void {
    this.#waiting.set(waiting.key[1], waiting);
    this.#byOrigin.set(waiting.origin, waiting);
    if (waiting.messageId !== undefined) this.#byMessageId.set(waiting.messageId, waiting);
    this.#bytes += waiting.bytes;
  }

  #remove(waiting: Waiting): void {
    this.#forget(waiting);
    void this.tables.remove(this.tables.queue, waiting.key);
    void this.tables.remove(this.tables.queued, waiting.key);
  }

  #forget(waiting: Waiting): void {
    if (!this.#waiting.delete(waiting.key[1])) return;
    this.#bytes -= waiting.bytes;
    if (this.#byOrigin.get(waiting.origin) === waiting) this.#byOrigin.delete(waiting.origin);
    if (waiting.messageId !== undefined && this.#byMessageId.get(waiting.messageId) === waiting)
      this.#byMessageId.delete(waiting.messageId);
  }
}
