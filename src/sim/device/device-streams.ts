/** The telemetry of one device: what was recorded, or what its model measures: its own, and that of each component. */
import type {SimulatedDevice} from '../model/simulated-device.js';
import {encodeTopic} from '../wire/encoded-topic.js';
import {Chance} from './chance.js';
import type {DeviceParts} from './device-parts.js';
import {RecordedStream} from './recorded-stream.js';
import {StagedStream} from './staged-stream.js';
import {ModelStream, type TelemetryStream} from './telemetry-stream.js';

const INTERVAL_MS = 10_000;

export const streamsOf = (parts: DeviceParts, device: SimulatedDevice, prefix: string): TelemetryStream[] =>
  parts.recording
    ? [new RecordedStream(encodeTopic(`${prefix}telemetry`), parts.recording)]
    : modelStreams(parts, device, prefix);

function modelStreams(
  {model, fleet, number, shared}: DeviceParts,
  device: SimulatedDevice,
  prefix: string,
): TelemetryStream[] {
  const {behaviour} = model;
  const chance = new Chance(shared.seed, number, 'schedule');
  const place = chance.next();
  const jitter = fleet.jitter ?? behaviour.jitter;
  return model.groups.flatMap(({component}): TelemetryStream[] => {
    const source = device.payloads(component);
    if (!source) return [];
    const own = component === '' ? undefined : behaviour.components[component]?.interval;
    const intervalMs = fleet.intervalMs ?? own ?? behaviour.interval ?? INTERVAL_MS;
    const topic = encodeTopic(`${prefix}telemetry${component === '' ? '' : `/${component}`}`);
    if (shared.rate)
      return [new StagedStream({topic, component, source, jitter, place, chance, rate: shared.rate})];
    const firstMs = place * (fleet.spreadMs ?? intervalMs);
    return [new ModelStream({topic, component, source, intervalMs, jitter, firstMs, chance})];
  });
}
