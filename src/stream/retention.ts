/** Decides which batches go. Pure: it sees keys and cursors, and changes nothing. */
import {type NewEvent, ownEvent} from '../domain/event.js';
import type {BatchKey} from './batch-key.js';

export interface RetentionLimits {
  /** Events older than this may go. */
  readonly retainMs: number;
  /** When more is held than this, the oldest events may go. */
  readonly retainBytes: number;
  /** When more is held than this, the oldest events go even if a cursor has not read them. */
  readonly hardLimitBytes: number;
}

export interface Cursor {
  readonly name: string;
  readonly offset: number;
}

export interface RetentionPlan {
  readonly remove: readonly BatchKey[];
  /** What is taken from each cursor that had not read it all. */
  readonly gaps: readonly Gap[];
}

/** The events from `from` up to but not including `to` are gone before `cursor` has read them. */
export interface Gap {
  readonly cursor: string;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Not more than this in one transaction: it holds up appending. */
const BATCHES_PER_PASS = 1_000;

/** A value above this has pages of its own; smaller ones share a page, which may be half empty. */
const SHARED_PAGE_BYTES_MAX = 1_800;
const PAGE_BYTES = 4_096;
const ENTRY_OVERHEAD_BYTES = 40;

/** No less than what removing a batch frees: a pass removes rather too little, and the next one sees what is left. */
const freedBytes = (valueBytes: number): number =>
  valueBytes > SHARED_PAGE_BYTES_MAX
    ? Math.ceil((valueBytes + ENTRY_OVERHEAD_BYTES) / PAGE_BYTES) * PAGE_BYTES
    : 2 * (valueBytes + ENTRY_OVERHEAD_BYTES);

/**
 * The oldest batches that go now. The newest batch (the last of `keys`, whose `end` is `head`) always stays, so that the
 * stream never forgets which offset comes next.
 */
export function planRetention(
  keys: Iterable<BatchKey>,
  head: number,
  cursors: readonly Cursor[],
  heldBytes: number,
  limits: RetentionLimits,
  nowMs: number,
): RetentionPlan {
  const readUpTo = Math.min(head, ...cursors.map(cursor => cursor.offset));
  const remove: BatchKey[] = [];
  let held = heldBytes;
  for (const key of keys) {
    if (key.end >= head || remove.length === BATCHES_PER_PASS) break;
    const spent = key.newestMs < nowMs - limits.retainMs || held > limits.retainBytes;
    const forced = held > limits.hardLimitBytes;
    if (!forced && !(spent && key.end <= readUpTo)) break;
    remove.push(key);
    held -= freedBytes(key.bytes);
  }
  return {remove, gaps: gapsOf(remove, cursors)};
}

function gapsOf(removed: readonly BatchKey[], cursors: readonly Cursor[]): Gap[] {
  const first = removed[0]?.first;
  const to = removed.at(-1)?.end;
  if (first === undefined || to === undefined) return [];
  return cursors
    .map(({name, offset}) => ({cursor: name, from: Math.max(first, offset), to}))
    .filter(({from}) => from < to)
    .map(gap => ({...gap, count: gap.to - gap.from}));
}

/** The platform's own event that tells of a gap; its payload is the `Gap`. */
export const gapEvent = (gap: Gap, nowMs: number): NewEvent =>
  ownEvent({type: 'stream.gap', recordedMs: nowMs, data: gap});
