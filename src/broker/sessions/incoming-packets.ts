/** The QoS 2 messages of one session that have been taken and not yet released, by packet id. */
import {setTimeout} from 'node:timers/promises';
import {type BrokerPacket, messageOf, payloadBytes} from './records.js';
import type {Tables} from './tables.js';

export interface IncomingLimits {
  readonly messagesMax: number;
  readonly bytesMax: number;
}

/** How long to wait for the disk to have space again. */
const RETRY_MS = 500;

interface Held {
  bytes: number;
  packet: BrokerPacket | undefined;
}

export class IncomingPackets {
  readonly #held = new Map<number, Held>();
  #bytes = 0;

  constructor(
    private readonly session: number,
    private readonly tables: Tables,
    private readonly limits: IncomingLimits,
  ) {}

  get messages(): number {
    return this.#held.size;
  }

  load(messageId: number, packet: BrokerPacket): void {
    this.#hold(messageId, {bytes: payloadBytes(packet), packet: undefined});
  }

  /** Returns what to call once the packet is on disk, or has failed. Throws at the limit: the client releases nothing. */
  store(messageId: number, packet: BrokerPacket): (error?: unknown) => void {
    this.#drop(messageId);
    const held: Held = {bytes: payloadBytes(packet), packet: {...messageOf(packet), messageId}};
    if (this.messages >= this.limits.messagesMax || this.#bytes + held.bytes > this.limits.bytesMax)
      throw new Error('too many QoS 2 messages without PUBREL');
    this.#hold(messageId, held);
    void this.tables.put(this.tables.incoming, [this.session, messageId], held.packet!);
    return error => {
      held.packet = undefined;
      if (error !== undefined && this.#held.get(messageId) === held) this.#drop(messageId);
    };
  }

  get(messageId: number): BrokerPacket | undefined {
    const held = this.#held.get(messageId);
    return held && {...(held.packet ?? this.tables.incoming.get([this.session, messageId])!)};
  }

  /**
   * Forgets a packet id; false when it is not there. Does not resolve before that is on disk, however often it has to
   * be tried: after PUBCOMP the client may use the id again, and a restart must not take the new message for the old.
   */
  async delete(messageId: number): Promise<boolean> {
    if (!this.#drop(messageId)) return false;
    const isGone = () => this.tables.remove(this.tables.incoming, [this.session, messageId]);
    while (!(await isGone()) && !this.tables.closed && !this.#held.has(messageId))
      await setTimeout(RETRY_MS, undefined, {ref: false});
    return true;
  }

  clear(): void {
    for (const messageId of this.#held.keys())
      void this.tables.remove(this.tables.incoming, [this.session, messageId]);
    this.#held.clear();
    this.#bytes = 0;
  }

  #hold(messageId: number, held: Held): void {
    this.#held.set(messageId, held);
    this.#bytes += held.bytes;
  }

  #drop(messageId: number): boolean {
    this.#bytes -= this.#held.get(messageId)?.bytes ?? 0;
    return this.#held.delete(messageId);
  }
}
