/**
 * Cuts a byte stream into MQTT packets. Looks at nothing but the fixed header (MQTT 3.1.1 and 5, 2.2): what is
 * inside a packet is for `check-packet.ts`.
 */
import {malformed, protocolError, REASON, type Violation, violation} from './violation.js';

/** The largest packet that the fixed header can declare: 5 bytes of header and 268,435,455 of body. */
export const PACKET_BYTES_MAX = 268_435_460;

/** The limit before authentication: a CONNECT with everything in it is smaller. */
export const CONNECT_BYTES_MAX = 16 * 1024;

const HEADER_BYTES_MAX = 5;
const CONNECT_FIRST_BYTE = 0x10;
/** A split packet's memory starts this small and doubles as bytes arrive, so that declaring a large one is free. */
const HELD_BYTES_MIN = 512;

/**
 * Called for each complete packet, `buffer[start … end)` with its body from `bodyStart` on. The bytes are not
 * reused: slices of them may be kept. Returning false stops: the rest waits for the next `feed`.
 */
export type OnPacket = (buffer: Buffer, start: number, bodyStart: number, end: number) => boolean;

export interface FramerOptions {
  /** Refuses any packet larger than this as soon as its header is there; `maxBytes` may be set later. */
  readonly maxBytes: number;
  /** Must the first byte be that of a CONNECT? Ends an HTTP request or a TLS hello at once. */
  readonly connectFirst: boolean;
}

/** One direction of one connection. After a violation it stays closed. */
export class PacketFramer {
  maxBytes: number;
  #connectFirst: boolean;
  #violation: Violation | undefined;
  /** The beginning of a packet whose end has not arrived. */
  #held: Buffer | undefined;
  #heldBytes = 0;
  /** What was not looked at when a packet's handler said stop. */
  #rest: Buffer | undefined;
  /** The header that `#readHeader` found last: where the body starts, and where the packet ends. */
  #bodyStart = 0;
  #end = 0;

  constructor(options: FramerOptions) {
    this.maxBytes = options.maxBytes;
    this.#connectFirst = options.connectFirst;
  }

  /** Bytes that wait for more, for memory accounts. */
  get heldBytes(): number {
    return this.#heldBytes + (this.#rest?.length ?? 0);
  }

  /** Takes the next bytes; an empty buffer goes on where a handler stopped. Never throws of itself. */
  feed(chunk: Buffer, onPacket: OnPacket): Violation | undefined {
    if (this.#violation !== undefined) return this.#violation;
    const rest = this.#rest;
    this.#rest = undefined;
    const bytes = rest === undefined ? chunk : chunk.length === 0 ? rest : Buffer.concat([rest, chunk]);
    if (bytes.length === 0) return undefined;
    if (this.#connectFirst && bytes[0] !== CONNECT_FIRST_BYTE)
      return this.#close(protocolError('the first packet is not a CONNECT'));
    this.#connectFirst = false;
    return this.#heldBytes === 0 ? this.#cut(bytes, 0, onPacket) : this.#complete(bytes, onPacket);
  }

  /** The fast path: whole packets, as parts of the chunk they came in. */
  #cut(bytes: Buffer, from: number, onPacket: OnPacket): Violation | undefined {
    let start = from;
    while (start < bytes.length) {
      if (!this.#readHeader(bytes, start, bytes.length)) break;
      const end = this.#end;
      if (end > bytes.length) break;
      if (onPacket(bytes, start, this.#bodyStart, end) === false) return this.#stopAt(bytes, end);
      start = end;
    }
    if (this.#violation === undefined && start < bytes.length) this.#hold(bytes, start, bytes.length);
    return this.#violation;
  }

  /** Goes on with a packet that began in an earlier chunk. */
  #complete(bytes: Buffer, onPacket: OnPacket): Violation | undefined {
    let from = 0;
    while (!this.#readHeader(this.#held!, 0, this.#heldBytes)) {
      if (this.#violation !== undefined) return this.#violation;
      if (from === bytes.length) return undefined;
      this.#hold(bytes, from, from + 1);
      from++;
    }
    const end = this.#end;
    const take = Math.min(end - this.#heldBytes, bytes.length - from);
    this.#hold(bytes, from, from + take);
    from += take;
    if (this.#heldBytes < end) return undefined;
    const packet = this.#held!;
    this.#held = undefined;
    this.#heldBytes = 0;
    if (onPacket(packet, 0, this.#bodyStart, end) === false) return this.#stopAt(bytes, from);
    return this.#cut(bytes, from, onPacket);
  }

  /** Reads a fixed header into `#bodyStart` and `#end`; false when it is incomplete or not allowed. */
  #readHeader(bytes: Buffer, start: number, limit: number): boolean {
    let length = 0;
    let shift = 0;
    for (let at = start + 1; at < limit; at++) {
      const byte = bytes[at]!;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        this.#bodyStart = at + 1;
        this.#end = at + 1 + length;
        if (this.#end - start > this.maxBytes) return this.#refuseLength(this.#end - start);
        return true;
      }
      shift += 7;
      if (at - start === HEADER_BYTES_MAX - 1) {
        this.#close(malformed('the remaining length has more than four bytes'));
        return false;
      }
    }
    return false;
  }

  #refuseLength(bytes: number): false {
    this.#close(violation(REASON.packetTooLarge, `a packet of ${bytes} bytes; ${this.maxBytes} are allowed`));
    return false;
  }

  #hold(bytes: Buffer, from: number, to: number): void {
    const needed = this.#heldBytes + to - from;
    if (this.#held === undefined || needed > this.#held.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, HELD_BYTES_MIN, 2 * (this.#held?.length ?? 0)));
      this.#held?.copy(grown, 0, 0, this.#heldBytes);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldBytes, from, to);
    this.#heldBytes = needed;
  }

  #stopAt(bytes: Buffer, from: number): undefined {
    if (from < bytes.length) this.#rest = bytes.subarray(from);
  }

  #close(found: Violation): Violation {
    this.#violation = found;
    this.#held = undefined;
    this.#heldBytes = 0;
    return found;
  }
}
