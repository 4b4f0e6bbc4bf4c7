/** Unpacks what `batch-encoder.ts` packed. A batch that is damaged is an error that names its offset, never garbage. */
import {crc32} from 'node:zlib';
import {IotctlError} from '../domain/errors.js';
import type {StoredEvent} from '../domain/event.js';
import {FLAG, HEADER_BYTES, LAYOUT_VERSION} from './batch-encoder.js';
import {readStrings} from './string-table.js';
import {unzigzag, VarintReader} from './varint.js';

/**
 * All events of a batch, in order. Their payloads share the memory of `batch`, which must not change afterwards.
 * Throws `IOT_DATA_CORRUPT` naming `firstOffset` when the batch is not exactly what was written there.
 */
export function decodeBatch(batch: Uint8Array, firstOffset: number): StoredEvent[] {
  const bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength);
  checkHeader(bytes, firstOffset);
  try {
    return readEvents(bytes, firstOffset);
  } catch (error) {
    throw corrupt(firstOffset, 'it cannot be read', error);
  }
}

export const corrupt = (firstOffset: number, reason: string, cause?: unknown): IotctlError =>
  new IotctlError(
    'IOT_DATA_CORRUPT',
    `The event stream is damaged at offset ${firstOffset}: ${reason}.`,
    cause === undefined ? undefined : {cause},
  );

function checkHeader(bytes: Buffer, firstOffset: number): void {
  if (bytes.length < HEADER_BYTES) throw corrupt(firstOffset, 'the batch is cut off');
  if (crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) throw corrupt(firstOffset, 'its checksum differs');
  const version = bytes.readUInt32LE(4);
  if (version !== LAYOUT_VERSION) throw corrupt(firstOffset, `layout ${version} is not known`);
  if (bytes.readDoubleLE(8) !== firstOffset)
    throw corrupt(firstOffset, `the batch says that it starts at ${bytes.readDoubleLE(8)}`);
}

function readEvents(bytes: Buffer, firstOffset: number): StoredEvent[] {
  const count = bytes.readUInt32LE(16);
  const strings = readStrings(bytes, new VarintReader(bytes, bytes.readUInt32LE(20)));
  const reader = new VarintReader(bytes, HEADER_BYTES);
  const events: StoredEvent[] = [];
  let recordedMs = bytes.readDoubleLE(24);
  for (let index = 0; index < count; index++) {
    const event = readEvent(bytes, reader, strings, firstOffset + index, recordedMs);
    recordedMs = event.recordedMs;
    events.push(event);
  }
  return events;
}

function readEvent(
  bytes: Buffer,
  reader: VarintReader,
  strings: readonly string[],
  offset: number,
  previousMs: number,
): StoredEvent {
  const flags = reader.byte();
  const tenant = stringAt(strings, reader.next());
  const device = stringAt(strings, reader.next());
  const type = stringAt(strings, reader.next());
  const component = stringAt(strings, reader.next());
  const recordedMs =
    flags & FLAG.recordedAsFloat ? readFloat(bytes, reader) : previousMs + unzigzag(reader.next());
  let timeMs: number | undefined;
  if (flags & FLAG.deviceTime)
    timeMs = flags & FLAG.timeAsFloat ? readFloat(bytes, reader) : recordedMs - unzigzag(reader.next());
  const attributes = flags & FLAG.attributes ? readAttributes(reader, strings) : undefined;
  const length = reader.next();
  // Unlike subarray, this does not look up the constructor of a Buffer each time.
  const payload = new Uint8Array(bytes.buffer, bytes.byteOffset + reader.at, length);
  reader.at += length;
  return {
    offset,
    tenant,
    device,
    type,
    component,
    timeMs,
    recordedMs,
    contentType: flags & FLAG.octets ? 'application/octet-stream' : 'application/json',
    payload,
    attributes,
  };
}

function readFloat(bytes: Buffer, reader: VarintReader): number {
  const value = bytes.readDoubleLE(reader.at);
  reader.at += 8;
  return value;
}

/** Entries, so that even an attribute called `__proto__` is a property of its own. */
function readAttributes(reader: VarintReader, strings: readonly string[]): Record<string, string> {
  const count = reader.next();
  const entries: [string, string][] = [];
  for (let index = 0; index < count; index++)
    entries.push([stringAt(strings, reader.next()), stringAt(strings, reader.next())]);
  return Object.fromEntries(entries);
}

function stringAt(strings: readonly string[], index: number): string {
  const text = strings[index];
  if (text === undefined) throw new RangeError(`there is no string ${index}`);
  return text;
}
