import fc from 'fast-check';
import {expect, it} from 'vitest';
import {DeliveryAccounting} from '../../../src/sim/measure/delivery-accounting.js';
import {type DeliverySnapshot, mergeDelivery} from '../../../src/sim/measure/delivery-receipts.js';
import {deliveryReport} from '../../../src/sim/measure/delivery-report.js';
import {rangesText} from '../../../src/sim/measure/sequence-ranges.js';

const LATE_MS = 100;
const nameOf = (stream: number): string => `pub-${stream}`;

/** One subscriber that gets these messages of stream 7, of which so many were sent. */
function account(sequences: readonly number[], sent: number, latencyMs = 1): DeliverySnapshot {
  const accounting = new DeliveryAccounting({lateAfterMs: LATE_MS});
  const subscriber = accounting.subscriber('sub-1');
  subscriber.expect(7);
  accounting.sent(7, sent);
  for (const sequence of sequences) subscriber.received(7, sequence, latencyMs);
  return accounting.snapshot();
}

const numbers = (count: number): number[] => Array.from({length: count}, (_, index) => index);

it('names the one message of 10,000 that was lost', () => {
  const report = deliveryReport(
    account(
      numbers(10_000).filter(number => number !== 4711),
      10_000,
    ),
    nameOf,
  );
  expect(report).toMatchObject({expected: 10_000, delivered: 9999, lost: 1, duplicated: 0, reordered: 0});
  expect(report.worst).toMatchObject([{subscriber: 'sub-1', stream: 'pub-7', lostSequences: [4711, 4712]}]);
  expect(rangesText(report.worst[0]!.lostSequences)).toBe('4711');
});

it('names the one that came twice, and the one that came after its successor', () => {
  const twice = deliveryReport(account([0, 1, 2, 1, 3], 4), nameOf);
  expect(twice).toMatchObject({lost: 0, duplicated: 1, reordered: 0, worst: [{duplicatedSequences: [1]}]});
  const swapped = deliveryReport(account([0, 2, 1, 3], 4), nameOf);
  expect(swapped).toMatchObject({lost: 0, duplicated: 0, reordered: 1, worst: [{reorderedSequences: [1]}]});
});

it('counts what came late, what nobody sent, and what should not have come here', () => {
  expect(deliveryReport(account([0, 1], 2, LATE_MS + 1), nameOf)).toMatchObject({late: 2, lost: 0});
  expect(deliveryReport(account([0, 1, 2], 2), nameOf)).toMatchObject({unexpected: 1, lost: 0, delivered: 2});
  const elsewhere = new DeliveryAccounting({lateAfterMs: LATE_MS});
  elsewhere.sent(1, 1);
  elsewhere.subscriber('sub').expect(2);
  elsewhere.subscriber('sub').received(1, 0, 1);
  expect(deliveryReport(elsewhere.snapshot(), nameOf)).toMatchObject({expected: 0, unexpected: 1});
});

it('misses a stream of which nothing came at all', () => {
  expect(deliveryReport(account([], 3), nameOf)).toMatchObject({expected: 3, lost: 3, troubled: 1});
});

it('counts as one that looks at every number would, also over two processes', () => {
  const arrivals = fc.array(fc.nat({max: 40}), {maxLength: 120});
  fc.assert(
    fc.property(arrivals, arrivals, (first, second) => {
      const merged = deliveryReport(mergeDelivery(account(first, 20), account(second, 21)), nameOf);
      const came = new Set([...first, ...second]);
      expect(merged.expected).toBe(41);
      expect(merged.lost).toBe(numbers(41).filter(number => !came.has(number)).length);
      expect(merged.duplicated).toBe(first.length + second.length - came.size);
      expect(merged.reordered).toBe(reorderedIn(first) + reorderedIn(second));
    }),
    {numRuns: 200},
  );
});

it('knows at any moment what is missing', () => {
  const accounting = new DeliveryAccounting({lateAfterMs: LATE_MS});
  const subscriber = accounting.subscriber('sub');
  for (const sequence of [0, 3, 1]) subscriber.received(1, sequence, 1);
  expect(accounting.totals()).toEqual({received: 3, missing: 1, reordered: 1, duplicated: 0, late: 0});
});

it('does not miss what was sent before somebody who joined later came', () => {
  const accounting = new DeliveryAccounting({lateAfterMs: LATE_MS, joinsLate: true});
  for (const sequence of [500, 501, 504, 498, 503]) accounting.subscriber('sub').received(1, sequence, 1);
  expect(accounting.totals()).toMatchObject({missing: 2, reordered: 2});
  const report = deliveryReport(accounting.snapshot(), nameOf);
  expect(report).toMatchObject({expected: 7, lost: 2, worst: [{lostSequences: [499, 500, 502, 503]}]});
});

/** New ones that came after a higher one. */
function reorderedIn(arrivals: readonly number[]): number {
  const seen = new Set<number>();
  let [highest, count] = [-1, 0];
  for (const number of arrivals) {
    if (!seen.has(number) && number < highest) count++;
    seen.add(number);
    highest = Math.max(highest, number);
  }
  return count;
}
