/** Named cursors: how far each consumer has read. */
import type {Environment} from './lmdb-environment.js';
import type {Cursor} from './retention.js';

export function readCursor({cursors}: Environment, name: string): number | undefined {
  const value = cursors.getBinary(nameKey(name));
  return value === undefined ? undefined : offsetOf(value);
}

export function readCursors({cursors}: Environment): Cursor[] {
  const found: Cursor[] = [];
  for (const {key, value} of cursors.getRange())
    found.push({name: Buffer.from(key).toString('utf8'), offset: offsetOf(value)});
  return found;
}

/** Durable when it resolves. */
export async function writeCursor({cursors}: Environment, name: string, offset: number): Promise<void> {
  const value = Buffer.alloc(8);
  value.writeDoubleBE(offset);
  await cursors.put(nameKey(name), value);
}

const nameKey = (name: string): Buffer => Buffer.from(name, 'utf8');

const offsetOf = (value: Uint8Array): number =>
  Buffer.from(value.buffer, value.byteOffset, value.byteLength).readDoubleBE();
