/**
 * What a message carries so that its receiver knows which one it is, when it was due and when it was sent: 16 bytes, which fit into
 * the payloads of the Open MQTT Benchmark Suite.
 *
 *     0  stream: which publisher                                   u24
 *     3  sequence: which of its messages, from 0                   u32
 *     7  due, in microseconds of the clock, modulo 2^40: 12 days   u40
 *    12  how much later it was sent, in microseconds               4 bits of exponent, 12 of mantissa
 *    14  check of all that, and of the run                         u16
 */
import type {CurrentMessage} from './message.js';

export const STAMP_BYTES = 16;
/** In text: a word to find it by, and 32 hex digits. */
const MARK = Buffer.from('stamp:');
export const STAMP_TEXT_BYTES = MARK.length + 2 * STAMP_BYTES;
/** As a user property of MQTT 5 (1.5.7 and 2.2.2.2): id 38, name and value with their lengths. */
export const STAMP_PROPERTY = 'stamp';
const PROPERTY_MARK = Buffer.from('&\0\u0005stamp\0 ', 'latin1');

const HEX_DIGITS = Buffer.from('0123456789abcdef');

const DUE_US_END = 2 ** 40;
const CHECK_AT = 14;

/** What is read from a message. One object for all of a run: valid until the next is read. */
export interface Stamp {
  stream: number;
  sequence: number;
  dueMs: number;
  sentMs: number;
}

/** Writes and reads the stamps of one run; those of another, and what only looks like one, it does not take. */
export class Stamper {
  readonly #run: number;
  readonly #stamp: Stamp = {stream: 0, sequence: 0, dueMs: 0, sentMs: 0};
  readonly #bytes = Buffer.alloc(STAMP_BYTES);

  constructor(run: string) {
    this.#run = hashOf(run);
  }

  /** 16 bytes from `at` on; gives back their end. */
  write(target: Buffer, at: number, {stream, sequence, dueMs, sentMs}: CurrentMessage): number {
    const dueUs = Math.round(dueMs * 1000) % DUE_US_END;
    const lag = encodedLag(Math.max(0, Math.round((sentMs - dueMs) * 1000)));
    const dueHigh = Math.floor(dueUs / 2 ** 32);
    target[at] = stream >>> 16;
    target[at + 1] = stream >>> 8;
    target[at + 2] = stream;
    putU32(target, at + 3, sequence);
    target[at + 7] = dueHigh;
    putU32(target, at + 8, dueUs % 2 ** 32);
    target[at + 12] = lag >>> 8;
    target[at + 13] = lag;
    const check = this.#check(target, at);
    target[at + CHECK_AT] = check >>> 8;
    target[at + CHECK_AT + 1] = check;
    return at + STAMP_BYTES;
  }

  /** The same as text, in `STAMP_TEXT_BYTES`. */
  writeText(target: Buffer, at: number, message: CurrentMessage): number {
    target.set(MARK, at);
    return this.writeHex(target, at + MARK.length, message);
  }

  /** 32 hex digits, without the word before them. */
  writeHex(target: Buffer, at: number, message: CurrentMessage): number {
    const bytes = this.#bytes;
    this.write(bytes, 0, message);
    let end = at;
    for (let index = 0; index < STAMP_BYTES; index++) {
      const byte = bytes[index]!;
      target[end++] = HEX_DIGITS[byte >> 4]!;
      target[end++] = HEX_DIGITS[byte & 15]!;
    }
    return end;
  }

  /** The stamp at the beginning of a payload that came at `nowMs`; undefined when there is none of this run. */
  read(payload: Buffer, nowMs: number): Stamp | undefined {
    return payload.length < STAMP_BYTES ? undefined : this.#read(payload, nowMs);
  }

  /** The stamp anywhere in a text. */
  readText(payload: Buffer, nowMs: number): Stamp | undefined {
    const at = payload.indexOf(MARK);
    return at < 0 ? undefined : this.#readHex(payload, at + MARK.length, nowMs);
  }

  /** The stamp among the properties of a PUBLISH. */
  readProperty(properties: Buffer | undefined, nowMs: number): Stamp | undefined {
    const at = properties?.indexOf(PROPERTY_MARK) ?? -1;
    return at < 0 ? undefined : this.#readHex(properties!, at + PROPERTY_MARK.length, nowMs);
  }

  #readHex(text: Buffer, at: number, nowMs: number): Stamp | undefined {
    if (at + 2 * STAMP_BYTES > text.length) return undefined;
    const written = this.#bytes.write(text.toString('latin1', at, at + 2 * STAMP_BYTES), 'hex');
    return written < STAMP_BYTES ? undefined : this.#read(this.#bytes, nowMs);
  }

  #read(bytes: Buffer, nowMs: number): Stamp | undefined {
    if (((bytes[CHECK_AT]! << 8) | bytes[CHECK_AT + 1]!) !== this.#check(bytes, 0)) return undefined;
    const stamp = this.#stamp;
    stamp.stream = (bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]!;
    stamp.sequence = u32(bytes, 3);
    stamp.dueMs = nearestTime(bytes[7]! * 2 ** 32 + u32(bytes, 8), nowMs * 1000) / 1000;
    stamp.sentMs = stamp.dueMs + decodedLag((bytes[12]! << 8) | bytes[13]!) / 1000;
    return stamp;
  }

  #check(bytes: Buffer, at: number): number {
    let hash = Math.imul(this.#run ^ u32(bytes, at), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ u32(bytes, at + 4), 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 13) ^ u32(bytes, at + 8), 0x27d4eb2f);
    hash = Math.imul(hash ^ (hash >>> 16) ^ (bytes[at + 12]! << 8) ^ bytes[at + 13]!, 0x85ebca6b);
    return (hash ^ (hash >>> 16)) & 0xff_ff;
  }
}

/** Within 0.05 %, up to 134 s. */
function encodedLag(us: number): number {
  const exponent = us < 4096 ? 0 : Math.min(15, 20 - Math.clz32(Math.min(us, 0x7fff_ffff)));
  return (exponent << 12) | Math.min(0xfff, Math.floor(us / 2 ** exponent));
}

const decodedLag = (code: number): number => (code & 0xfff) * 2 ** (code >>> 12);

/** Of all times with the same remainder that which is nearest to now. */
function nearestTime(remainder: number, nowUs: number): number {
  const time = Math.floor(nowUs / DUE_US_END) * DUE_US_END + remainder;
  if (time > nowUs + DUE_US_END / 2) return time - DUE_US_END;
  return time < nowUs - DUE_US_END / 2 ? time + DUE_US_END : time;
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

function putU32(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

const u32 = (bytes: Buffer, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
