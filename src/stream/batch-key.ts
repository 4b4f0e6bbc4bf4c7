/**
 * The key of a batch holds all that seeking and retention have to know, so that neither ever reads a value:
 * first offset, end offset, newest recordedMs, size. 28 bytes, big-endian, so that keys sort by first offset.
 */

export interface BatchKey {
  /** Offset of the first event. */
  readonly first: number;
  /** Offset after the last event: where the next batch starts. */
  readonly end: number;
  /** The newest recordedMs of its events. */
  readonly newestMs: number;
  /** Size of the value. */
  readonly bytes: number;
}

const KEY_BYTES = 28;
const HIGH_WORD = 2 ** 32;

export function encodeKey(key: BatchKey): Buffer {
  const bytes = Buffer.alloc(KEY_BYTES);
  writeOffset(bytes, 0, key.first);
  writeOffset(bytes, 8, key.end);
  bytes.writeDoubleBE(key.newestMs, 16);
  bytes.writeUInt32BE(key.bytes, 24);
  return bytes;
}

export function decodeKey(bytes: Uint8Array): BatchKey {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    first: readOffset(view, 0),
    end: readOffset(view, 8),
    newestMs: view.readDoubleBE(16),
    bytes: view.readUInt32BE(24),
  };
}

/** Sorts before every batch that starts at `offset`, and after every batch that starts earlier. */
export function seekKey(offset: number): Buffer {
  const bytes = Buffer.alloc(8);
  writeOffset(bytes, 0, offset);
  return bytes;
}

function writeOffset(bytes: Buffer, at: number, offset: number): void {
  bytes.writeUInt32BE(Math.floor(offset / HIGH_WORD), at);
  bytes.writeUInt32BE(offset % HIGH_WORD, at + 4);
}

const readOffset = (bytes: Buffer, at: number): number =>
  bytes.readUInt32BE(at) * HIGH_WORD + bytes.readUInt32BE(at + 4);
