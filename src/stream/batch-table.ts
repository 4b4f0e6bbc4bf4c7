/** Reading the table of batches. Each function looks at one snapshot: the newest one after `refresh`. */
import {type BatchKey, decodeKey, seekKey} from './batch-key.js';
import type {Environment} from './lmdb-environment.js';

/** Lets the next read see what other threads have committed. */
export const refresh = ({root}: Environment): void => root.resetReadTxn();

export function firstBatch({batches}: Environment): BatchKey | undefined {
  for (const key of batches.getKeys({limit: 1})) return decodeKey(key);
  return undefined;
}

export function lastBatch({batches}: Environment): BatchKey | undefined {
  for (const key of batches.getKeys({reverse: true, limit: 1})) return decodeKey(key);
  return undefined;
}

/** The batch that holds `offset`, or, where there is none, the one before it. */
export function batchAt({batches}: Environment, offset: number): BatchKey | undefined {
  for (const key of batches.getKeys({reverse: true, limit: 1, start: seekKey(offset + 1)}))
    return decodeKey(key);
  return undefined;
}

export function* batchKeys({batches}: Environment): Generator<BatchKey> {
  for (const key of batches.getKeys()) yield decodeKey(key);
}

/** Batches from the one that starts at `first` on; the values are copies of their own. */
export function* batchesFrom(
  {batches}: Environment,
  first: number,
): Generator<{key: BatchKey; value: Buffer}> {
  for (const {key, value} of batches.getRange({start: seekKey(first)})) yield {key: decodeKey(key), value};
}
