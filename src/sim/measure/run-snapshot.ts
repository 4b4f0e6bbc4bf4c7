/** All that is known of a run at one moment, as plain JSON: what agents send, and what reports are made of. */
import {type DeliverySnapshot, mergeDelivery} from './delivery-receipts.js';
import {type DeliveryTotals, mergeTotals} from './delivery-totals.js';
import {type GeneratorSnapshot, mergeGenerators} from './generator.js';
import {type MeasurementsSnapshot, mergeMeasurements} from './measurements.js';

export interface RunSnapshot {
  readonly measurements: MeasurementsSnapshot;
  readonly totals: DeliveryTotals;
  /** The whole account, which is large: at the end only, null before and where nobody receives. */
  readonly delivery: DeliverySnapshot | null;
  readonly generator: GeneratorSnapshot;
}

/** What both processes saw. Throws an `Error` for a histogram that is none. */
export const mergeSnapshots = (a: RunSnapshot, b: RunSnapshot): RunSnapshot => ({
  measurements: mergeMeasurements(a.measurements, b.measurements),
  totals: mergeTotals(a.totals, b.totals),
  delivery:
    a.delivery === null || b.delivery === null
      ? (a.delivery ?? b.delivery)
      : mergeDelivery(a.delivery, b.delivery),
  generator: mergeGenerators(a.generator, b.generator),
});
