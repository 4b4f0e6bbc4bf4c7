/** Tails read the same newest events: each part of the stream is decoded once for all of them. */
import type {StoredEvent} from '../domain/event.js';
import type {StreamReader} from '../stream/event-stream.js';

/** Parts remembered; tails that follow are within a few of each other. */
const PARTS_MAX = 8;

export function shareReads(reader: StreamReader): StreamReader {
  const parts = new Map<string, Promise<StoredEvent[]>>();
  return {
    first: () => reader.first(),
    head: () => reader.head(),
    cursor: name => reader.cursor(name),
    cursors: () => reader.cursors(),
    moveCursor: (name, offset) => reader.moveCursor(name, offset),
    bytes: () => reader.bytes(),
    close: () => reader.close(),
    async read(offset, maxEvents) {
      const head = reader.head();
      if (offset >= head) return [];
      // With the head in the key, a part that has grown is read anew.
      const key = `${offset} ${maxEvents} ${head}`;
      const known = parts.get(key);
      if (known) return await known;
      const part = reader.read(offset, maxEvents);
      parts.set(key, part);
      if (parts.size > PARTS_MAX) parts.delete(parts.keys().next().value!);
      part.catch(() => parts.delete(key));
      return await part;
    },
  };
}
