/** UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then random bits, so ids sort by time. */
import {randomUUID} from 'node:crypto';

/** The random bits are those of a version 4, which Node takes from the system for many at once. */
export function uuidV7(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
