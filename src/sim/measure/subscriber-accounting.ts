/** What one subscriber, or a group that shares a subscription, got and did not get. */
import type {SubscriberReceipts} from './delivery-receipts.js';
import {type DeliveryTotals, noMessages} from './delivery-totals.js';
import {SequenceRanges} from './sequence-ranges.js';
import {keepSample, receiptsOf, type StreamAccount, troubleFrom} from './stream-account.js';

export interface DeliveryRules {
  /** A message is late when it comes more than so long after it was due. */
  readonly lateAfterMs: number;
  /** Publishers may have begun before: what was sent before the first that comes is not missed. */
  readonly joinsLate?: boolean;
}

export class SubscriberAccounting {
  readonly #lateAfterMs: number;
  readonly #joinsLate: boolean;
  readonly #streams = new Map<number, StreamAccount>();
  readonly #expects = new SequenceRanges();
  readonly #totals = noMessages();
  #lastNumber = -1;
  #last: StreamAccount | undefined;

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

  #find(number: number): StreamAccount {
    let stream = this.#streams.get(number);
    if (stream === undefined) {
      stream = {next: 0, trouble: undefined};
      this.#streams.set(number, stream);
    }
    this.#lastNumber = number;
    this.#last = stream;
    return stream;
  }

  #note(stream: StreamAccount, sequence: number, latencyMs: number): void {
    stream.trouble ??= troubleFrom(stream);
    const {trouble} = stream;
    const {first, end} = trouble.ranges;
    if (!trouble.ranges.add(sequence)) {
      this.#totals.duplicated++;
      trouble.duplicated++;
      keepSample(trouble.duplicates, sequence);
      return;
    }
    this.#totals.missing += this.#newlyMissing(sequence, first, end);
    if (sequence < end) {
      this.#totals.reordered++;
      trouble.reordered++;
      keepSample(trouble.reorders, sequence);
    }
    if (latencyMs <= this.#lateAfterMs) return;
    this.#totals.late++;
    trouble.late++;
    keepSample(trouble.lates, sequence);
  }

  /** How many more are missing, when everything from `first` to before `end` came or is missed already. */
  #newlyMissing(sequence: number, first: number, end: number): number {
    if (sequence >= end) return end === 0 && this.#joinsLate ? 0 : sequence - end;
    return this.#joinsLate && sequence < first ? first - sequence - 1 : -1;
  }
}
