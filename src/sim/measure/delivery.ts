/**
 * Was each message delivered, once and in order? Exact, per subscriber and stream (what one publisher sends to one
 * topic, numbered from 0). What came in order costs one comparison a message and a few bytes a stream.
 */
import {intersection, type Ranges, SequenceRanges, sequencesOf, sizeOf, union} from './sequence-ranges.js';

/**
 * `received` counts repetitions too; `reordered` came after one with a higher number (RFC 4737, 3.3); `missing` are the
 * gaps before the highest number that came: lost, or still on their way.
 */
export interface DeliveryTotals {
  readonly received: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly late: number;
  readonly missing: number;
}

const noMessages = (): {-readonly [Name in keyof DeliveryTotals]: number} => ({
  received: 0,
  duplicated: 0,
  reordered: 0,
  late: 0,
  missing: 0,
});

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

export interface DeliveryRules {
  /** A message is late when it comes more than so long after it was due. */
  readonly lateAfterMs: number;
  /** Publishers may have begun before: what was sent before the first that comes is not missed. */
  readonly joinsLate?: boolean;
}

export class DeliveryAccounting {
  readonly #rules: DeliveryRules;
  readonly #subscribers = new Map<string, SubscriberAccounting>();
  readonly #sent = new Map<number, number>();

  constructor(rules: DeliveryRules) {
    this.#rules = rules;
  }

  /** The account of one subscriber, or of a group that shares a subscription. */
  subscriber(name: string): SubscriberAccounting {
    const known = this.#subscribers.get(name);
    if (known !== undefined) return known;
    const fresh = new SubscriberAccounting(this.#rules);
    this.#subscribers.set(name, fresh);
    return fresh;
  }

  /** A publisher sent so many messages of a stream, in all. */
  sent(stream: number, count: number): void {
    this.#sent.set(stream, count);
  }

  totals(): DeliveryTotals {
    let sum: DeliveryTotals = noMessages();
    for (const {totals} of this.#subscribers.values()) sum = mergeTotals(sum, totals);
    return sum;
  }

  snapshot(): DeliverySnapshot {
    return {
      subscribers: [...this.#subscribers].map(([subscriber, account]) => account.snapshot(subscriber)),
      sent: [...this.#sent],
    };
  }
}

/** In order so far: everything before `next` came, nothing else. Otherwise `trouble` has the whole account. */
interface Stream {
  next: number;
  trouble: Trouble | undefined;
}

interface Trouble {
  readonly ranges: SequenceRanges;
  duplicated: number;
  reordered: number;
  late: number;
  readonly duplicates: number[];
  readonly reorders: number[];
  readonly lates: number[];
}

export class SubscriberAccounting {
  readonly #lateAfterMs: number;
  readonly #joinsLate: boolean;
  readonly #streams = new Map<number, Stream>();
  readonly #expects = new SequenceRanges();
  readonly #totals = noMessages();
  #lastNumber = -1;
  #last: Stream | undefined;

  constructor({lateAfterMs, joinsLate = false}: DeliveryRules) {
    this.#lateAfterMs = lateAfterMs;
    this.#joinsLate = joinsLate;
  }

  get totals(): DeliveryTotals {
    return this.#totals;
  }

  /** It should get every message of these streams. */
  expect(firstStream: number, count = 1): void {
    for (let stream = firstStream; stream < firstStream + count; stream++) this.#expects.add(stream);
  }

  /** Message `sequence` of a stream came, so long after it was due. */
  received(stream: number, sequence: number, latencyMs: number): void {
    this.#totals.received++;
    const known = stream === this.#lastNumber ? this.#last! : this.#find(stream);
    if (sequence === known.next && known.trouble === undefined && latencyMs <= this.#lateAfterMs)
      known.next++;
    else this.#note(known, sequence, latencyMs);
  }

  snapshot(subscriber: string): SubscriberReceipts {
    return {
      subscriber,
      expects: [...this.#expects.bounds],
      streams: [...this.#streams].map(([number, stream]) => receiptsOf(number, stream)),
    };
  }

  #find(number: number): Stream {
    let stream = this.#streams.get(number);
    if (stream === undefined) {
      stream = {next: 0, trouble: undefined};
      this.#streams.set(number, stream);
    }
    this.#lastNumber = number;
    this.#last = stream;
    return stream;
  }

  #note(stream: Stream, sequence: number, latencyMs: number): void {
    stream.trouble ??= troubleFrom(stream);
    const {trouble} = stream;
    const {first, end} = trouble.ranges;
    if (!trouble.ranges.add(sequence)) {
      this.#totals.duplicated++;
      trouble.duplicated++;
      keep(trouble.duplicates, sequence);
      return;
    }
    this.#totals.missing += this.#newlyMissing(sequence, first, end);
    if (sequence < end) {
      this.#totals.reordered++;
      trouble.reordered++;
      keep(trouble.reorders, sequence);
    }
    if (latencyMs <= this.#lateAfterMs) return;
    this.#totals.late++;
    trouble.late++;
    keep(trouble.lates, sequence);
  }

  /** How many more are missing, when everything from `first` to before `end` came or is missed already. */
  #newlyMissing(sequence: number, first: number, end: number): number {
    if (sequence >= end) return end === 0 && this.#joinsLate ? 0 : sequence - end;
    return this.#joinsLate && sequence < first ? first - sequence - 1 : -1;
  }
}

export const mergeTotals = (a: DeliveryTotals, b: DeliveryTotals): DeliveryTotals => ({
  received: a.received + b.received,
  duplicated: a.duplicated + b.duplicated,
  reordered: a.reordered + b.reordered,
  late: a.late + b.late,
  missing: a.missing + b.missing,
});

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

function receiptsOf(stream: number, {next, trouble}: Stream): StreamReceipts {
  if (trouble === undefined) return {stream, ranges: next === 0 ? [] : [0, next], ...NO_TROUBLE};
  const {ranges, ...rest} = trouble;
  return {stream, ...rest, ranges: [...ranges.bounds]};
}

const NO_TROUBLE = {duplicated: 0, reordered: 0, late: 0, duplicates: [], reorders: [], lates: []} as const;

const troubleFrom = ({next}: Stream): Trouble => ({
  ranges: new SequenceRanges(next === 0 ? [] : [0, next]),
  duplicated: 0,
  reordered: 0,
  late: 0,
  duplicates: [],
  reorders: [],
  lates: [],
});

function keep(samples: number[], sequence: number): void {
  if (samples.length < SAMPLES_MAX) samples.push(sequence);
}
