/**
 * JSON that DuckDB can read. Its parser takes all that `JSON.parse` takes but one thing: the escape of half a
 * surrogate pair (`"\ud800"`), which RFC 8259, 8.2 allows in a text although it names no character. One such body
 * would make every query fail that looks into it.
 */

const BACKSLASH = 0x5c;

/** A whole pair, half a pair, or any other escape: read in this order, so that `\\ud800` is left alone. */
const ESCAPES =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)/gs;

const HALF_PAIR_LENGTH = 6;

/** The same bytes, or a copy in which each half pair is U+FFFD. Nothing else changes, numbers least of all. */
export function mendJson(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(BACKSLASH)) return bytes;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const mended = text.replace(ESCAPES, found => (found.length === HALF_PAIR_LENGTH ? '\\ufffd' : found));
  return mended === text ? bytes : Buffer.from(mended, 'utf8');
}
