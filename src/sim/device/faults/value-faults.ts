/** What faults do to the values of a reading. Each gives what it changed, for the truth. */
import type {TruthRecord} from '../truth.js';
import type {Message, MessageFault} from './message-fault.js';
import {metricsOf, type ToldReading} from './told-reading.js';

type Values = NonNullable<TruthRecord['values']>;

/** Undefined where there is nothing in this reading that it could change. */
export function changeValues(
  fault: MessageFault,
  reading: ToldReading,
  message: Message,
): Values | undefined {
  if (fault.spec.fault === 'clock-skew') return skew(fault, reading);
  const metric = metricFor(fault, reading, message);
  if (metric === undefined) return undefined;
  const {values} = reading;
  const before = values[metric];
  switch (fault.spec.fault) {
    case 'stuck-value':
      values[metric] = fault.memory!.value;
      break;
    case 'spike':
      values[metric] = moved(before as number, fault, 1);
      break;
    case 'drift':
      values[metric] = moved(before as number, fault, fault.hoursAt(message.atMs));
      break;
    case 'missing-field':
      delete values[metric];
      return {[metric]: {true: before, sent: null}};
  }
  return {[metric]: {true: before, sent: values[metric]}};
}

/** The metric that the scenario names, or one that was drawn when the episode began. */
function metricFor(fault: MessageFault, reading: ToldReading, {component}: Message): string | undefined {
  const {memory, spec, chance} = fault;
  if (memory)
    return memory.component === component && Object.hasOwn(reading.values, memory.metric)
      ? memory.metric
      : undefined;
  const isNumber = (value: unknown) => typeof value === 'number';
  const anything = spec.fault === 'stuck-value' || spec.fault === 'missing-field';
  const candidates = metricsOf(reading, anything ? () => true : isNumber);
  const metric =
    spec.metric === undefined ? candidates[Math.floor(chance.next() * candidates.length)] : spec.metric;
  if (metric === undefined || !candidates.includes(metric)) return undefined;
  if (spec.forMs > 0) fault.memory = {component, metric, value: reading.values[metric]};
  return metric;
}

/** Without the noise that binary fractions have at their end. */
function moved(value: number, {spec: {by, relative}}: MessageFault, times: number): number {
  return Number((value + (relative ? value * by : by) * times).toPrecision(12));
}

function skew({spec: {by}}: MessageFault, {whole}: ToldReading): Values | undefined {
  const {ts} = whole;
  if (typeof ts !== 'number') return undefined;
  (whole as Record<string, unknown>).ts = ts + by;
  return {ts: {true: ts, sent: ts + by}};
}
