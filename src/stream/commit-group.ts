/** Writes a group of batches, and tells those who appended. */
import {type BatchKey, encodeKey} from './batch-key.js';
import type {PendingBatch} from './group-queue.js';
import type {Environment} from './lmdb-environment.js';

/** Stands where there is no offset. */
export const NO_OFFSET = -1;

/**
 * One transaction: all of it is on disk when this resolves, or nothing of it ever is.
 * The batches are numbered from `head` on; resolves to the new head.
 */
export async function commitGroup(
  {batches}: Environment,
  head: number,
  group: readonly PendingBatch[],
  remove: readonly BatchKey[],
): Promise<number> {
  if (group.length === 0 && remove.length === 0) return head;
  let end = head;
  await batches.batch(() => {
    for (const {encoder} of group) {
      const first = end;
      end += encoder.count;
      const value = encoder.finish(first);
      void batches.put(encodeKey({first, end, newestMs: encoder.newestMs, bytes: value.length}), value);
    }
    for (const key of remove) void batches.remove(encodeKey(key));
  });
  return end;
}

/** Tells everyone in the group, whose first event has offset `first`, that it is on disk. */
export function acknowledge(group: readonly PendingBatch[], first: number): void {
  let offset = first;
  for (const {callbacks} of group)
    for (const appended of callbacks) {
      const own = offset++;
      reportBugs(() => appended(undefined, own));
    }
}

/** Tells everyone in the group that their event will never be on disk. */
export function refuse(group: readonly PendingBatch[], reason: Error): void {
  for (const {callbacks} of group)
    for (const appended of callbacks) reportBugs(() => appended(reason, NO_OFFSET));
}

/** One caller's bug must not keep the others from being told, nor stop the writer; it is reported as any bug is. */
export function reportBugs(tell: () => void): void {
  try {
    tell();
  } catch (bug) {
    queueMicrotask(() => {
      throw bug;
    });
  }
}
