/** What came of one stream to one subscriber. Most streams come in order, and cost two numbers. */
import {SAMPLES_MAX, type StreamReceipts} from './delivery-receipts.js';
import {SequenceRanges} from './sequence-ranges.js';

/** In order so far: everything before `next` came, nothing else. Otherwise `trouble` has the whole account. */
export interface StreamAccount {
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

const NO_TROUBLE = {duplicated: 0, reordered: 0, late: 0, duplicates: [], reorders: [], lates: []} as const;

export function receiptsOf(stream: number, {next, trouble}: StreamAccount): StreamReceipts {
  if (trouble === undefined) return {stream, ranges: next === 0 ? [] : [0, next], ...NO_TROUBLE};
  const {ranges, ...rest} = trouble;
  return {stream, ...rest, ranges: [...ranges.bounds]};
}

/** From the first message on that was not what was expected. */
export const troubleFrom = ({next}: StreamAccount): Trouble => ({
  ranges: new SequenceRanges(next === 0 ? [] : [0, next]),
  duplicated: 0,
  reordered: 0,
  late: 0,
  duplicates: [],
  reorders: [],
  lates: [],
});

/** The first few of each kind are kept. */
export function keepSample(samples: number[], sequence: number): void {
  if (samples.length < SAMPLES_MAX) samples.push(sequence);
}
