/** Which packet ids of a session are in use, and what is awaited for each (MQTT 3.1.1, 2.3.1 and 4.3; the same in MQTT 5). */
import {MalformedPacket} from './malformed-packet.js';

type Awaited = 'puback' | 'pubrec' | 'pubcomp' | 'suback' | 'unsuback';

const PACKET_ID_MAX = 0xff_ff;

export class PacketExchanges {
  #lastPacketId = 0;
  #awaited: Map<number, Awaited> | undefined;
  /** Of QoS 2 messages that came and whose PUBREL did not. */
  #unreleased: Set<number> | undefined;

  /** A packet id that is not in use. Throws when all are. */
  nextPacketId(): number {
    for (let tries = 0; tries < PACKET_ID_MAX; tries++) {
      this.#lastPacketId = this.#lastPacketId === PACKET_ID_MAX ? 1 : this.#lastPacketId + 1;
      if (this.#awaited?.has(this.#lastPacketId) !== true) return this.#lastPacketId;
    }
    throw new RangeError(`all ${PACKET_ID_MAX} packet ids are in use`);
  }

  await(packetId: number, what: Awaited): void {
    this.#awaited ??= new Map();
    this.#awaited.set(packetId, what);
  }

  /** True when the PUBREC of a QoS 2 message came: then it is released, and never sent again. */
  isReceived(packetId: number): boolean {
    return this.#awaited?.get(packetId) === 'pubcomp';
  }

  /** True when the exchange is over; false when a PUBREL has to follow. Throws `MalformedPacket` for what nobody awaits. */
  confirm(kind: 'puback' | 'pubrec' | 'pubcomp', packetId: number, reasonCode: number): boolean {
    const awaited = this.#awaited?.get(packetId);
    const repeated = kind === 'pubrec' && awaited === 'pubcomp';
    if (awaited !== kind && !repeated) throw new MalformedPacket(`a ${kind} for packet id ${packetId}`);
    if (kind === 'pubrec' && reasonCode < 0x80) {
      this.#awaited!.set(packetId, 'pubcomp');
      return false;
    }
    this.#awaited!.delete(packetId);
    return true;
  }

  /** A SUBACK or UNSUBACK came. Throws `MalformedPacket` for one that nobody awaits. */
  answered(kind: 'suback' | 'unsuback', packetId: number): void {
    if (this.#awaited?.get(packetId) !== kind)
      throw new MalformedPacket(`a ${kind} for packet id ${packetId}`);
    this.#awaited.delete(packetId);
  }

  /** A QoS 2 message came; false when it has been delivered already. */
  isNew(packetId: number): boolean {
    this.#unreleased ??= new Set();
    if (this.#unreleased.has(packetId)) return false;
    this.#unreleased.add(packetId);
    return true;
  }

  released(packetId: number): void {
    this.#unreleased?.delete(packetId);
  }

  /** The broker knows nothing of an earlier session. */
  clear(): void {
    this.#awaited?.clear();
    this.#unreleased?.clear();
  }

  /** A new connection: subscriptions that were asked for on the one before are not answered (MQTT 3.1.1, 4.4). */
  reconnected(): void {
    for (const [packetId, what] of this.#awaited ?? [])
      if (what === 'suback' || what === 'unsuback') this.#awaited!.delete(packetId);
  }
}
