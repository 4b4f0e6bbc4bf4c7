/** What came of each stream to each subscriber, as it leaves a process, and how those of two processes become one. */
import {intersection, type Ranges, sequencesOf, sizeOf, union} from './sequence-ranges.js';

/** Counts are exact; of the numbers of one subscriber and stream the first few are kept. */
export interface StreamReceipts {
  readonly stream: number;
  /** Which came. */
  readonly ranges: Ranges;
  readonly duplicated: number;
  readonly reordered: number;
  readonly late: number;
  readonly duplicates: readonly number[];
  readonly reorders: readonly number[];
  readonly lates: readonly number[];
}

export interface SubscriberReceipts {
  readonly subscriber: string;
  /** Streams of which it should get everything: `[first, end, …]`. */
  readonly expects: Ranges;
  readonly streams: readonly StreamReceipts[];
}

export interface DeliverySnapshot {
  readonly subscribers: readonly SubscriberReceipts[];
  /** How many messages each stream sent: `[stream, count]`. */
  readonly sent: readonly (readonly [stream: number, count: number])[];
}

/** So many numbers of each kind are kept of one subscriber and stream. */
export const SAMPLES_MAX = 20;

/** What both received; what came to both is duplicated. Of two that share a name, such as a group, one is made. */
export function mergeDelivery(a: DeliverySnapshot, b: DeliverySnapshot): DeliverySnapshot {
  const subscribers = new Map(a.subscribers.map(receipts => [receipts.subscriber, receipts]));
  for (const receipts of b.subscribers) {
    const there = subscribers.get(receipts.subscriber);
    subscribers.set(receipts.subscriber, there === undefined ? receipts : mergeReceipts(there, receipts));
  }
  const sent = new Map(a.sent);
  for (const [stream, count] of b.sent) sent.set(stream, (sent.get(stream) ?? 0) + count);
  return {subscribers: [...subscribers.values()], sent: [...sent]};
}

function mergeReceipts(a: SubscriberReceipts, b: SubscriberReceipts): SubscriberReceipts {
  const streams = new Map(a.streams.map(receipts => [receipts.stream, receipts]));
  for (const receipts of b.streams) {
    const there = streams.get(receipts.stream);
    streams.set(receipts.stream, there === undefined ? receipts : mergeStream(there, receipts));
  }
  return {
    subscriber: a.subscriber,
    expects: union(a.expects, b.expects),
    streams: [...streams.values()],
  };
}

function mergeStream(a: StreamReceipts, b: StreamReceipts): StreamReceipts {
  const both = intersection(a.ranges, b.ranges);
  const samples = (one: readonly number[], other: readonly number[]): number[] =>
    [...one, ...other].slice(0, SAMPLES_MAX);
  return {
    stream: a.stream,
    ranges: union(a.ranges, b.ranges),
    duplicated: a.duplicated + b.duplicated + sizeOf(both),
    reordered: a.reordered + b.reordered,
    late: a.late + b.late,
    duplicates: samples([...a.duplicates, ...b.duplicates], sequencesOf(both, SAMPLES_MAX)),
    reorders: samples(a.reorders, b.reorders),
    lates: samples(a.lates, b.lates),
  };
}
