/** Packets of QoS 1 and 2 on their way to one client: respects its receive maximum (MQTT 5.0, 4.9). */

/** Packets that may wait for a place in the window; a client that acknowledges nothing is cut off beyond it. */
const WAITING_MAX = 10_000;

export class InFlight {
  readonly #ids = new Set<number>();
  readonly #waiting: {packetId: number; packet: Buffer}[] = [];
  #max = 65_535;

  setMax(receiveMaximum: number): void {
    this.#max = receiveMaximum;
  }

  /** Sends now, or when the client has acknowledged enough. False when too many wait: cut the client off. */
  send(packetId: number, packet: Buffer, write: (packet: Buffer) => void): boolean {
    if (this.#ids.has(packetId) || this.#ids.size < this.#max) {
      this.#ids.add(packetId);
      write(packet);
      return true;
    }
    if (this.#waiting.length >= WAITING_MAX) return false;
    // What aedes wrote may be a view of a buffer that it uses again.
    this.#waiting.push({packetId, packet: Buffer.from(packet)});
    return true;
  }

  acknowledged(packetId: number, write: (packet: Buffer) => void): void {
    if (!this.#ids.delete(packetId)) return;
    const next = this.#waiting.shift();
    if (!next) return;
    this.#ids.add(next.packetId);
    write(next.packet);
  }
}
