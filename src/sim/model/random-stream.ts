/**
 * Random numbers of one metric of one device: a hash over a counter, keyed by the seed, the device and the metric. What
 * one draws changes nothing for another, so that a fleet may be spread over processes as one likes.
 */

/** A stream has so many places in a device's numbers: its counter and its key. */
export const STREAM_PLACES = 3;

const TWO_32 = 2 ** 32;

/** Two independent 32-bit hashes of a text (murmur3's finalizer over multiplied characters). */
export function keyOf(text: string): readonly [number, number] {
  let first = 0x2f0b4f11;
  let second = 0x61c88647;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    first = Math.imul(first ^ character, 0x9e3779b1);
    second = Math.imul(second ^ character, 0x5f356495);
    first ^= first >>> 15;
    second ^= second >>> 13;
  }
  return [finalize(first), finalize(second)];
}

/** Puts a stream at its beginning. */
export function seedStream(
  numbers: Float64Array,
  at: number,
  device: readonly [number, number],
  metric: readonly [number, number],
): void {
  numbers[at] = 0;
  numbers[at + 1] = finalize(device[0] ^ Math.imul(metric[0], 0x85ebca6b));
  numbers[at + 2] = finalize(device[1] + Math.imul(metric[1], 0xc2b2ae35));
}

/** From 0 to below 1. */
export function draw(numbers: Float64Array, at: number): number {
  const count = (numbers[at]! + 1) | 0;
  numbers[at] = count;
  const mixed = finalize(Math.imul(count, 0x9e3779b1) ^ numbers[at + 1]!);
  return (finalize(mixed + numbers[at + 2]!) >>> 0) / TWO_32;
}

/** Of the standard normal distribution (Box and Muller, 1958). */
export function drawNormal(numbers: Float64Array, at: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - draw(numbers, at)));
  return radius * Math.cos(2 * Math.PI * draw(numbers, at));
}

/** murmur3's 32-bit finalizer (Austin Appleby, public domain): every bit of it depends on every bit of its input. */
function finalize(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
