/**
 * The one range of bytes that a request asks for (RFC 9110, 14.1.2), the last byte included; undefined where it asks for all, or for what
 * may be ignored: several ranges, another unit. `none`: nothing of it is there.
 */
export function byteRangeOf(
  header: string | undefined,
  bytes: number,
): {readonly start: number; readonly end: number} | 'none' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  // The last so many bytes.
  if (first === '') {
    const count = Math.min(Number(last), bytes);
    return count === 0 ? 'none' : {start: bytes - count, end: bytes - 1};
  }
  const start = Number(first);
  const end = last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= bytes ? 'none' : {start, end};
}
