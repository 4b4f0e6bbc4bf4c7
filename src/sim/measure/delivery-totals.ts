/** How many messages came, and what was wrong with them: of one subscriber, or of many together. */

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

export const noMessages = (): {-readonly [Name in keyof DeliveryTotals]: number} => ({
  received: 0,
  duplicated: 0,
  reordered: 0,
  late: 0,
  missing: 0,
});

export const mergeTotals = (a: DeliveryTotals, b: DeliveryTotals): DeliveryTotals => ({
  received: a.received + b.received,
  duplicated: a.duplicated + b.duplicated,
  reordered: a.reordered + b.reordered,
  late: a.late + b.late,
  missing: a.missing + b.missing,
});
