/**
 * Packs events into one batch as they come, so that a payload's buffer is free again at once.
 *
 * A batch is, in little-endian order:
 *
 *     0   u32  CRC-32 of everything that follows
 *     4   u8   version of this layout, then three zero bytes
 *     8   f64  offset of the first event
 *     16  u32  how many events
 *     20  u32  where the string table starts
 *     24  f64  the first event's recordedMs
 *     32  the events, then the string table
 *
 * An event is: flags (u8); tenant, device, type and component as numbers in the string table; recordedMs as the
 * difference to the event before; timeMs, if any, as the difference to recordedMs; attributes, if any, as a count and
 * pairs of strings; the payload's length and bytes. A time that is no small difference is an f64.
 */
import {crc32} from 'node:zlib';
import type {NewEvent} from '../domain/event.js';
import {StringTable} from './string-table.js';
import {VARINT_BYTES_MAX, writeVarint, zigzag} from './varint.js';

export const LAYOUT_VERSION = 1;
export const HEADER_BYTES = 32;

export const FLAG = {
  octets: 1,
  deviceTime: 2,
  attributes: 4,
  recordedAsFloat: 8,
  timeAsFloat: 16,
} as const;

const INITIAL_BYTES = 4096;

/** Flags, four strings, two times and three lengths. */
const EVENT_BYTES_MAX = 1 + 4 * VARINT_BYTES_MAX + 2 * 8 + 3 * VARINT_BYTES_MAX;

export class BatchEncoder {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #length = HEADER_BYTES;
  #count = 0;
  /** Of the event that is being written. */
  #flags = 0;
  #baseMs = 0;
  #previousMs = 0;
  #newestMs = Number.NEGATIVE_INFINITY;
  readonly #strings = new StringTable();

  get count(): number {
    return this.#count;
  }

  /** About how many bytes the finished batch takes. */
  get byteLength(): number {
    return this.#length + this.#strings.bytesMax;
  }

  /** The newest recordedMs in the batch: what retention by age goes by. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** Copies the event. One that throws (its payload is no bytes) leaves the batch as it was. */
  add(event: NewEvent): void {
    const attributes = event.attributes === undefined ? undefined : Object.entries(event.attributes);
    this.#reserve(EVENT_BYTES_MAX + event.payload.length + 2 * VARINT_BYTES_MAX * (attributes?.length ?? 0));
    if (this.#count === 0) this.#baseMs = this.#previousMs = event.recordedMs;
    const buffer = this.#buffer;
    const strings = this.#strings;
    const start = this.#length;
    this.#flags = event.contentType === 'application/octet-stream' ? FLAG.octets : 0;
    let at = writeVarint(buffer, start + 1, strings.indexOf(event.tenant));
    at = writeVarint(buffer, at, strings.indexOf(event.device));
    at = writeVarint(buffer, at, strings.indexOf(event.type));
    at = writeVarint(buffer, at, strings.indexOf(event.component));
    at = this.#writeTimes(at, event.recordedMs, event.timeMs);
    if (attributes !== undefined) at = this.#writeAttributes(at, attributes);
    at = writeVarint(buffer, at, event.payload.length);
    buffer.set(event.payload, at);
    buffer[start] = this.#flags;
    this.#length = at + event.payload.length;
    this.#count++;
    this.#previousMs = event.recordedMs;
    if (event.recordedMs > this.#newestMs) this.#newestMs = event.recordedMs;
  }

  /** The batch with its offset and checksum; it shares the encoder's memory, so nothing may be added afterwards. */
  finish(firstOffset: number): Buffer {
    this.#reserve(this.#strings.bytesMax);
    const buffer = this.#buffer;
    const end = this.#strings.writeTo(buffer, this.#length);
    buffer.writeUInt32LE(LAYOUT_VERSION, 4);
    buffer.writeDoubleLE(firstOffset, 8);
    buffer.writeUInt32LE(this.#count, 16);
    buffer.writeUInt32LE(this.#length, 20);
    buffer.writeDoubleLE(this.#baseMs, 24);
    buffer.writeUInt32LE(crc32(buffer.subarray(4, end)), 0);
    return buffer.subarray(0, end);
  }

  #writeTimes(start: number, recordedMs: number, timeMs: number | undefined): number {
    const at = this.#writeTime(start, recordedMs, recordedMs - this.#previousMs, FLAG.recordedAsFloat);
    if (timeMs === undefined) return at;
    this.#flags |= FLAG.deviceTime;
    return this.#writeTime(at, timeMs, recordedMs - timeMs, FLAG.timeAsFloat);
  }

  #writeTime(at: number, timeMs: number, differenceMs: number, asFloat: number): number {
    if (isSmall(differenceMs, timeMs)) return writeVarint(this.#buffer, at, zigzag(differenceMs));
    this.#flags |= asFloat;
    return this.#buffer.writeDoubleLE(timeMs, at);
  }

  #writeAttributes(start: number, attributes: readonly (readonly [string, string])[]): number {
    this.#flags |= FLAG.attributes;
    let at = writeVarint(this.#buffer, start, attributes.length);
    for (const [name, value] of attributes) {
      at = writeVarint(this.#buffer, at, this.#strings.indexOf(name));
      at = writeVarint(this.#buffer, at, this.#strings.indexOf(value));
    }
    return at;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** Whether a whole-number difference has 31 bits and gives back exactly the time that it was made from. */
const isSmall = (difference: number, timeMs: number): boolean =>
  (difference | 0) === difference && Number.isSafeInteger(timeMs);
