/** Tails read the same newest events: each part of the stream is decoded once for all of them. */
import type {StoredEvent} from '../domain/event.js';
import type {StreamReader} from '../stream/event-stream.js';

/** Parts remembered, and for how long: tails that follow are within a few of each other. */
const PARTS_MAX = 4;
const PART_MS = 1000;

/** What is asked for has to be below the head: such a part never changes. */
export function shareReads(reader: StreamReader): StreamReader {
  const parts = new Map<string, Promise<StoredEvent[]>>();
  const remember = (key: string, part: Promise<StoredEvent[]>): void => {
    const forget = (): void => {
      if (parts.get(key) === part) parts.delete(key);
    };
    parts.set(key, part);
    if (parts.size > PARTS_MAX) parts.delete(parts.keys().next().value!);
    part.catch(forget);
    setTimeout(forget, PART_MS).unref();
  };
  return {
    first: () => reader.first(),
    head: () => reader.head(),
    cursor: name => reader.cursor(name),
    cursors: () => reader.cursors(),
    moveCursor: (name, offset) => reader.moveCursor(name, offset),
    bytes: () => reader.bytes(),
    close: () => reader.close(),
    read(offset, maxEvents) {
      const key = `${offset} ${maxEvents}`;
      const known = parts.get(key);
      if (known) return known;
      const part = reader.read(offset, maxEvents);
      remember(key, part);
      return part;
    },
  };
}
