import type {FileHandle} from 'node:fs/promises';

const TAIL_BYTES = 1024 * 1024;

/** What a crash left of a line comes again as a whole. */
export async function dropTornLine(file: FileHandle): Promise<void> {
  const {size} = await file.stat();
  const from = Math.max(0, size - TAIL_BYTES);
  const {buffer, bytesRead} = await file.read(Buffer.alloc(size - from), 0, size - from, from);
  const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
  if (from + end < size) await file.truncate(from + end);
}
