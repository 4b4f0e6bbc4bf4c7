import {expect, it} from 'vitest';
import type {BatchKey} from '../../src/stream/batch-key.js';
import {gapEvent, planRetention, type RetentionLimits} from '../../src/stream/retention.js';

/** Ten batches of ten events and 10,000 bytes; the newest event of each is at 10 ms, 20 ms, … */
const KEYS: BatchKey[] = Array.from({length: 10}, (_, index) => ({
  first: index * 10,
  end: index * 10 + 10,
  newestMs: (index + 1) * 10,
  bytes: 10_000,
}));
const HEAD = 100;
const HELD_BYTES = 10 * 12_288;
const KEEP_ALL: RetentionLimits = {retainMs: Infinity, retainBytes: Infinity, hardLimitBytes: Infinity};

const removedUpTo = (limits: Partial<RetentionLimits>, nowMs: number, ...offsets: number[]): number => {
  const cursors = offsets.map(offset => ({name: `at-${offset}`, offset}));
  return (
    planRetention(KEYS, HEAD, cursors, HELD_BYTES, {...KEEP_ALL, ...limits}, nowMs).remove.at(-1)?.end ?? 0
  );
};

it.each([
  ['nothing that is just as old as it may be', {retainMs: 50}, 60, [], 0],
  ['what is one millisecond older', {retainMs: 50}, 61, [], 10],
  ['all but the newest batch', {retainMs: 0}, 1_000, [], 90],
  ['nothing while the bytes are within the limit', {retainBytes: HELD_BYTES}, 0, [], 0],
  ['one batch when there is one byte too much', {retainBytes: HELD_BYTES - 1}, 0, [], 10],
  ['only batches that the slowest cursor has read in full', {retainMs: 0}, 1_000, [55, 90], 50],
  ['nothing that a cursor at the start has not read', {retainMs: 0, retainBytes: 0}, 1_000, [0], 0],
  ['everything read by a cursor at the head, but the newest batch', {retainMs: 0}, 1_000, [100], 90],
  ['unread batches above the hard limit', {hardLimitBytes: HELD_BYTES - 1}, 0, [0], 10],
  ['all but the newest batch, however low the hard limit', {hardLimitBytes: 0}, 0, [0], 90],
] as const)('removes %s', (_what, limits, nowMs, offsets, end) => {
  expect(removedUpTo(limits, nowMs, ...offsets)).toBe(end);
});

it('tells what each cursor loses, and nothing of those that lose nothing', () => {
  const cursors = [
    {name: 'at the start', offset: 0},
    {name: 'in between', offset: 15},
    {name: 'just past', offset: 20},
  ];
  const plan = planRetention(
    KEYS,
    HEAD,
    cursors,
    HELD_BYTES,
    {...KEEP_ALL, hardLimitBytes: HELD_BYTES - 20_000},
    0,
  );
  expect(plan.remove.map(key => key.first)).toEqual([0, 10]);
  expect(plan.gaps).toEqual([
    {cursor: 'at the start', from: 0, to: 20, count: 20},
    {cursor: 'in between', from: 15, to: 20, count: 5},
  ]);
});

it('counts a second gap of the same cursor from where the first one ended', () => {
  const later = planRetention(
    KEYS.slice(2),
    HEAD,
    [{name: 'dead', offset: 0}],
    HELD_BYTES,
    {...KEEP_ALL, hardLimitBytes: HELD_BYTES - 1},
    0,
  );
  expect(later.gaps).toEqual([{cursor: 'dead', from: 20, to: 30, count: 10}]);
});

it('takes only so many batches at a time', () => {
  const keys = Array.from({length: 5_000}, (_, index) => ({
    first: index,
    end: index + 1,
    newestMs: 0,
    bytes: 10,
  }));
  const plan = planRetention(keys, 5_000, [], 1e9, {...KEEP_ALL, retainMs: 0}, 1);
  expect(plan.remove).toHaveLength(1_000);
});

it('makes a gap an event of the platform itself', () => {
  const event = gapEvent({cursor: 'store', from: 1, to: 3, count: 2}, 5);
  expect(event).toMatchObject({tenant: '', device: '', type: 'stream.gap', recordedMs: 5});
  expect(Buffer.from(event.payload).toString()).toBe('{"cursor":"store","from":1,"to":3,"count":2}');
});
