import type {GuardLimits} from '../../../src/broker/guard/check-packet.js';
import {PacketChecker, type Verdict} from '../../../src/broker/guard/check-packet.js';
import {CONNECT_BYTES_MAX, PACKET_BYTES_MAX, PacketFramer} from '../../../src/broker/guard/framing.js';
import type {Violation} from '../../../src/broker/guard/violation.js';

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Valid CONNECT packets with the client id `a` and a clean session. */
export const CONNECT = {
  3: hex('100f 0006 4d5149736470 03 02 003c 0001 61'),
  4: hex('100d 0004 4d515454 04 02 003c 0001 61'),
  5: hex('100e 0004 4d515454 05 02 003c 00 0001 61'),
} as const;

export type Version = keyof typeof CONNECT;

/** Puts a fixed header before a body. */
export function packet(firstByte: number, ...body: (string | Buffer)[]): Buffer {
  const bytes = Buffer.concat(body.map(part => (typeof part === 'string' ? hex(part) : part)));
  const length: number[] = [];
  let rest = bytes.length;
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from([firstByte, ...length]), bytes]);
}

/** A length-prefixed field. */
export function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** Where the body of a whole packet begins. */
export function bodyStartOf(bytes: Buffer): number {
  let bodyStart = 2;
  while (bytes[bodyStart - 1]! >= 0x80) bodyStart++;
  return bodyStart;
}

/** Feeds bytes to a fresh framer and returns the packets found, with the violation that ended it. */
export function frame(bytes: Buffer, maxBytes = PACKET_BYTES_MAX) {
  const packets: Buffer[] = [];
  const framer = new PacketFramer({maxBytes, connectFirst: false});
  const violation = framer.feed(bytes, (buffer, start, _body, end) => {
    packets.push(buffer.subarray(start, end));
    return true;
  });
  return {packets, violation, heldBytes: framer.heldBytes};
}

/** One connection's guard: framer and checker together, fed with bytes; the last verdict. */
export class GuardedConnection {
  readonly checker: PacketChecker;
  readonly verdicts: Verdict[] = [];
  readonly #framer = new PacketFramer({maxBytes: CONNECT_BYTES_MAX, connectFirst: true});

  constructor(limits?: GuardLimits) {
    this.checker = new PacketChecker(limits);
  }

  /** What ended the connection, or undefined. */
  feed(bytes: Buffer): Violation | undefined {
    let refused: Violation | undefined;
    const found = this.#framer.feed(bytes, (buffer, start, bodyStart, end) => {
      const verdict = this.checker.check(buffer, start, bodyStart, end);
      this.verdicts.push(verdict);
      if (verdict.ok) this.#framer.maxBytes = 1024 * 1024;
      else refused = verdict;
      return verdict.ok;
    });
    return refused ?? found;
  }
}

/** What the guard says of a packet that follows a valid CONNECT. */
export function check(version: Version, bytes: Buffer, limits?: GuardLimits): Verdict {
  const connection = new GuardedConnection(limits);
  connection.feed(CONNECT[version]);
  const violation = connection.feed(bytes);
  return violation ?? connection.verdicts.at(-1)!;
}

/** What the guard says of the first packet. */
export function checkFirst(bytes: Buffer, limits?: GuardLimits): Verdict | undefined {
  const connection = new GuardedConnection(limits);
  return connection.feed(bytes) ?? connection.verdicts.at(-1);
}
