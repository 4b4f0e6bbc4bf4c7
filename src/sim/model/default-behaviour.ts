/** What a metric does where the model does not say: something that fits what the model says of its values. */
import type {ValueSpec} from '../../domain/model.js';
import type {MetricBehaviour} from './behaviour.js';

/** A step is this part of the range. */
const STEP = 0.01;

export function defaultBehaviour({type, min, max, values}: ValueSpec): MetricBehaviour {
  if (type === 'boolean') return {constant: false};
  if (type === 'string') return values ? {enum: new Map(values.map(value => [value, 1]))} : {constant: ''};
  const step = min !== undefined && max !== undefined ? (max - min) * STEP : 1;
  return {walk: {step: type === 'integer' ? Math.max(1, step) : step}};
}
