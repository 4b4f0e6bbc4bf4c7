/** What became of a run's messages, from what was sent, what came, and who should have got it. */
import type {DeliverySnapshot, StreamReceipts, SubscriberReceipts} from './delivery-receipts.js';
import {missing, type Ranges, sizeOf} from './sequence-ranges.js';

/** One subscriber's account of one stream in which something went wrong; of its numbers the first few. */
export interface DeliveryTrouble {
  readonly subscriber: string;
  /** Its name, and its number. */
  readonly stream: string;
  readonly streamNumber: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly late: number;
  readonly unexpected: number;
  /** `[from, end, …]`: numbers from `from` to before `end`. */
  readonly lostSequences: Ranges;
  readonly duplicatedSequences: readonly number[];
  readonly reorderedSequences: readonly number[];
  readonly lateSequences: readonly number[];
}

export interface DeliveryReport {
  /** What subscribers should have got: a message that two should get counts twice. */
  readonly expected: number;
  /** Of that, what came. */
  readonly delivered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly late: number;
  /** What came although nobody sent it, or to a subscriber that should not get it. */
  readonly unexpected: number;
  /** How many accounts of a subscriber and a stream are in trouble, and the worst of them. */
  readonly troubled: number;
  readonly worst: readonly DeliveryTrouble[];
}

const WORST_MAX = 20;
const LOST_RANGES_MAX = 20;

/** `streamName` is what people know a stream by, such as its publisher's client id. */
export function deliveryReport(
  {subscribers, sent}: DeliverySnapshot,
  streamName: (stream: number) => string,
): DeliveryReport {
  const sentOf = new Map(sent);
  const sum = {expected: 0, delivered: 0, lost: 0, duplicated: 0, reordered: 0, late: 0, unexpected: 0};
  const troubles: DeliveryTrouble[] = [];
  for (const receipts of subscribers) {
    for (const account of accountsOf(receipts, sentOf)) {
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += account[name];
      if (isTroubled(account))
        troubles.push(troubleOf(receipts.subscriber, streamName(account.stream), account));
    }
  }
  return {...sum, troubled: troubles.length, worst: worstOf(troubles)};
}

/** The first few, those with the most lost first. */
export const worstOf = (troubles: readonly DeliveryTrouble[]): DeliveryTrouble[] =>
  [...troubles].sort((a, b) => weightOf(b) - weightOf(a)).slice(0, WORST_MAX);

interface Account {
  readonly stream: number;
  readonly expected: number;
  readonly delivered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly late: number;
  readonly unexpected: number;
  readonly receipts: StreamReceipts | undefined;
  readonly lostRanges: Ranges;
}

/** One for each stream that it should get or got; where nothing is said of what it should get, that is all it got. */
function* accountsOf(
  {expects, streams}: SubscriberReceipts,
  sentOf: ReadonlyMap<number, number>,
): Generator<Account> {
  const receiptsOf = new Map(streams.map(receipts => [receipts.stream, receipts]));
  for (let at = 0; at < expects.length; at += 2) {
    for (let stream = expects[at]!; stream < expects[at + 1]!; stream++) {
      yield accountOf(stream, sentRange(stream, sentOf, receiptsOf.get(stream)), receiptsOf.get(stream));
      receiptsOf.delete(stream);
    }
  }
  for (const [stream, receipts] of receiptsOf)
    yield accountOf(stream, expects.length > 0 ? NOTHING : sentRange(stream, sentOf, receipts), receipts);
}

const NOTHING = [0, 0] as const;

/** Of a publisher that nobody has heard of, everything between the first and the last that came was sent. */
function sentRange(
  stream: number,
  sentOf: ReadonlyMap<number, number>,
  receipts: StreamReceipts | undefined,
): readonly [from: number, end: number] {
  const sent = sentOf.get(stream);
  return sent === undefined ? [receipts?.ranges[0] ?? 0, receipts?.ranges.at(-1) ?? 0] : [0, sent];
}

function accountOf(
  stream: number,
  [from, end]: readonly [from: number, end: number],
  receipts: StreamReceipts | undefined,
): Account {
  const {ranges = [], duplicated = 0, reordered = 0, late = 0} = receipts ?? {};
  const lostRanges = missing(ranges, from, end);
  const lost = sizeOf(lostRanges);
  const delivered = end - from - lost;
  return {
    stream,
    expected: end - from,
    delivered,
    lost,
    duplicated,
    reordered,
    late,
    unexpected: sizeOf(ranges) - delivered,
    receipts,
    lostRanges,
  };
}

const isTroubled = ({lost, duplicated, reordered, late, unexpected}: Account): boolean =>
  lost + duplicated + reordered + late + unexpected > 0;

const weightOf = ({lost, duplicated, reordered, late}: DeliveryTrouble): number =>
  lost * 1e6 + (duplicated + reordered) * 1e3 + late;

const troubleOf = (subscriber: string, stream: string, account: Account): DeliveryTrouble => ({
  subscriber,
  stream,
  streamNumber: account.stream,
  lost: account.lost,
  duplicated: account.duplicated,
  reordered: account.reordered,
  late: account.late,
  unexpected: account.unexpected,
  lostSequences: account.lostRanges.slice(0, 2 * LOST_RANGES_MAX),
  duplicatedSequences: account.receipts?.duplicates ?? [],
  reorderedSequences: account.receipts?.reorders ?? [],
  lateSequences: account.receipts?.lates ?? [],
});
