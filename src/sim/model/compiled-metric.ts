/** A metric of a model, ready to be told by any number of devices. */
import type {ValueSpec} from '../../domain/model.js';
import type {Generator} from './generator.js';
import type {ValueFormat} from './value-format.js';

export interface CompiledMetric {
  readonly name: string;
  /** Empty for the device itself. */
  readonly component: string;
  readonly spec: ValueSpec;
  readonly isTold: boolean;
  /** Its place among all metrics of the model. */
  readonly number: number;
  /** `"temperature":` */
  readonly label: Buffer;
  /** Where its value is in a device's numbers. */
  readonly value: number;
  readonly generator: Generator;
  readonly format: ValueFormat;
}

/** The metrics that go into one message: the device's own, or those of a component. */
export interface MetricGroup {
  readonly component: string;
  /** As they are told. */
  readonly metrics: readonly CompiledMetric[];
  /** As they are made: each after those that it follows from. */
  readonly order: readonly CompiledMetric[];
  /** Values that are needed in the next message: from where to where. */
  readonly kept: readonly {readonly from: number; readonly to: number}[];
  /** Where the time of the message before is. */
  readonly lastTime: number;
  readonly bytesMax: number;
}
