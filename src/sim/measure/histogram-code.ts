/**
 * HdrHistogram's V2 encoding of counts, compressed and in base64 as its log format has it, so that its tools can read
 * what runs have measured: a header, then counts as ZigZag LEB128, where a negative number stands for that many zeros.
 * (HdrHistogram, AbstractHistogram.java: encodeIntoByteBuffer, encodeIntoCompressedByteBuffer.)
 */
import {deflateSync, inflateSync} from 'node:zlib';

const COOKIE = 0x1c849313;
const COMPRESSED_COOKIE = 0x1c849314;
const HEADER_BYTES = 40;
const COMPRESSED_HEADER_BYTES = 8;
const SIGNIFICANT_DIGITS = 3;
const LOWEST = 1;
/** A count below 2^53 and its sign: 54 bits, seven in a byte. */
const NUMBER_BYTES_MAX = 8;

/** It is done every second while a run goes on; the best level would save a tenth of some kilobytes. */
const FASTEST = 1;

/** `highest` is the highest value that the histogram can tell from others. */
export function encodeCounts(counts: Float64Array, highest: number): string {
  const used = counts.findLastIndex(count => count > 0) + 1;
  const body = Buffer.alloc(HEADER_BYTES + used * NUMBER_BYTES_MAX);
  let at = HEADER_BYTES;
  for (let slot = 0; slot < used; ) {
    const zeros = zerosFrom(counts, slot);
    at = writeNumber(body, at, zeros > 1 ? -zeros : counts[slot]!);
    slot += Math.max(1, zeros);
  }
  writeHeader(body, at - HEADER_BYTES, highest);
  const compressed = deflateSync(body.subarray(0, at), {level: FASTEST});
  const head = Buffer.alloc(COMPRESSED_HEADER_BYTES);
  head.writeInt32BE(COMPRESSED_COOKIE, 0);
  head.writeInt32BE(compressed.length, 4);
  return Buffer.concat([head, compressed]).toString('base64');
}

/** Adds what is encoded to `counts`. Throws an `Error` that says what is wrong with it. */
export function decodeCounts(text: string, highest: number, counts: Float64Array): void {
  const body = inflated(Buffer.from(text, 'base64'), HEADER_BYTES + counts.length * NUMBER_BYTES_MAX);
  const end = HEADER_BYTES + checkHeader(body, highest);
  let slot = 0;
  for (let at = HEADER_BYTES; at < end; ) {
    const {number, next} = readNumber(body, at, end);
    at = next;
    if (number < 0) slot -= number;
    else if (slot < counts.length) counts[slot++]! += number;
    if (slot > counts.length) throw new Error('a histogram with more counts than it has room for');
  }
}

function zerosFrom(counts: Float64Array, slot: number): number {
  let end = slot;
  while (counts[end] === 0) end++;
  return end - slot;
}

function writeHeader(body: Buffer, payloadBytes: number, highest: number): void {
  body.writeInt32BE(COOKIE, 0);
  body.writeInt32BE(payloadBytes, 4);
  body.writeInt32BE(0, 8);
  body.writeInt32BE(SIGNIFICANT_DIGITS, 12);
  body.writeBigInt64BE(BigInt(LOWEST), 16);
  body.writeBigInt64BE(BigInt(highest), 24);
  body.writeDoubleBE(1, 32);
}

function inflated(bytes: Buffer, bytesMax: number): Buffer {
  if (bytes.length < COMPRESSED_HEADER_BYTES || bytes.readInt32BE(0) !== COMPRESSED_COOKIE)
    throw new Error('not a histogram in HdrHistogram’s V2 compressed encoding');
  return inflateSync(bytes.subarray(COMPRESSED_HEADER_BYTES), {maxOutputLength: bytesMax});
}

/** Resolves to the bytes that follow the header. */
function checkHeader(body: Buffer, highest: number): number {
  if (body.length < HEADER_BYTES || body.readInt32BE(0) !== COOKIE) throw new Error('not a histogram');
  const payloadBytes = body.readInt32BE(4);
  if (payloadBytes < 0 || HEADER_BYTES + payloadBytes > body.length) throw new Error('a histogram cut short');
  const same =
    body.readInt32BE(12) === SIGNIFICANT_DIGITS &&
    body.readBigInt64BE(16) === BigInt(LOWEST) &&
    body.readBigInt64BE(24) === BigInt(highest);
  if (!same) throw new Error('a histogram of another range or precision');
  return payloadBytes;
}

/** Numbers go beyond 32 bits, where JavaScript's shifts end. */
function writeNumber(target: Buffer, start: number, number: number): number {
  let rest = number < 0 ? -2 * number - 1 : 2 * number;
  let at = start;
  while (rest > 0x7f) {
    target[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  target[at++] = rest;
  return at;
}

function readNumber(source: Buffer, start: number, end: number): {number: number; next: number} {
  let zigzag = 0;
  for (let at = start, scale = 1; at < end && at < start + NUMBER_BYTES_MAX; at++, scale *= 128) {
    zigzag += (source[at]! & 0x7f) * scale;
    if (source[at]! < 0x80) return {number: zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2, next: at + 1};
  }
  throw new Error('a histogram cut short');
}
