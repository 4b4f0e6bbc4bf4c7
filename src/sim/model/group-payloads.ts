/** Payloads of one device, or of one of its components: `{"ts":1700000000000,"v":{"temperature":21.50}}`. */

import type {PayloadSource} from '../wire/payload-source.js';
import type {CompiledMetric, MetricGroup} from './compiled-metric.js';
import type {DeviceState} from './device-state.js';
import {copy} from './value-format.js';

/**
 * What a fault makes of a value that is told; bounds do not hold for it. The device itself knows nothing of it. Texts
 * are numbers here, true is 1. NaN leaves the metric out.
 */
export type Alteration = (value: number, timeMs: number) => number;

/** What faults have done to a device. */
export interface Distortion {
  /** Added to the time that it tells. */
  clockSkewMs: number;
  /** By the number of the metric. */
  readonly alterations: (Alteration | undefined)[];
}

const BEGIN = Buffer.from('{"ts":');
const VALUES = Buffer.from(',"v":{');
const COMMA = 0x2c;
const CLOSE = 0x7d;

/** 13 digits are written in two halves of 32 bits. */
const MILLION = 1_000_000;

export class GroupPayloads implements PayloadSource {
  readonly maxBytes: number;
  readonly #group: MetricGroup;
  readonly #state: DeviceState;
  readonly #distortion: () => Distortion | undefined;

  constructor(group: MetricGroup, state: DeviceState, distortion: () => Distortion | undefined) {
    this.maxBytes = group.bytesMax;
    this.#group = group;
    this.#state = state;
    this.#distortion = distortion;
  }

  write(target: Buffer, at: number, timeMs: number): number {
    advance(this.#group, this.#state, timeMs);
    const distortion = this.#distortion();
    let end = copy(BEGIN, target, at);
    end = writeTime(target, end, distortion ? timeMs + distortion.clockSkewMs : timeMs);
    end = copy(VALUES, target, end);
    const first = end;
    const {metrics} = this.#group;
    for (let index = 0; index < metrics.length; index++) {
      const metric = metrics[index]!;
      const value = this.#told(metric, distortion, timeMs);
      if (!Number.isFinite(value)) continue;
      if (end > first) target[end++] = COMMA;
      end = copy(metric.label, target, end);
      end = metric.format.write(target, end, value);
    }
    target[end++] = CLOSE;
    target[end++] = CLOSE;
    return end;
  }

  #told(metric: CompiledMetric, distortion: Distortion | undefined, timeMs: number): number {
    const value = this.#state.numbers[metric.value]!;
    const alteration = distortion?.alterations[metric.number];
    return alteration ? alteration(value, timeMs) : value;
  }
}

/** Makes the group's next values. What gives no number, such as 1 / 0, leaves the value as it was. */
function advance({order, kept, lastTime}: MetricGroup, state: DeviceState, timeMs: number): void {
  const {numbers} = state;
  const last = numbers[lastTime]!;
  state.timeMs = timeMs;
  state.passedMs = Number.isNaN(last) ? 0 : timeMs - last;
  numbers[lastTime] = timeMs;
  for (let index = 0; index < kept.length; index++) numbers[kept[index]!.to] = numbers[kept[index]!.from]!;
  for (let index = 0; index < order.length; index++) {
    const {generator, format, value} = order[index]!;
    const next = generator.next(state);
    if (Number.isFinite(next)) numbers[value] = format.bounded(next);
  }
}

/** A whole number of milliseconds. */
function writeTime(target: Buffer, at: number, timeMs: number): number {
  const whole = Math.round(timeMs);
  const high = Math.floor(whole / MILLION);
  if (high < MILLION || high > 9_999_999) return at + target.write(String(whole), at, 'latin1');
  writeDigits(target, at, high, 7);
  writeDigits(target, at + 7, whole - high * MILLION, 6);
  return at + 13;
}

function writeDigits(target: Buffer, at: number, number: number, count: number): void {
  let rest = number | 0;
  for (let place = at + count - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    target[place] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
}
