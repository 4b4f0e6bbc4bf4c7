/** The telemetry of one device: what was recorded, or what its model measures: its own, and that of each component. */
import type {SimulatedDevice} from '../model/simulated-device.js';
import {encodeTopic} from '../wire/encoded-topic.js';
import {Chance} from './chance.js';
import type {DeviceParts} from './device-parts.js';
import {RecordedStream} from './recorded-stream.js';
import type {RecordedRow} from './recording.js';
import {StagedStream} from './staged-stream.js';
import {ModelStream, type TelemetryStream} from './telemetry-stream.js';

const INTERVAL_MS = 10_000;

export const streamsOf = (parts: DeviceParts, device: SimulatedDevice, prefix: string): TelemetryStream[] =>
  parts.recording ? recordedStreams(parts.recording, prefix) : modelStreams(parts, device, prefix);

function recordedStreams(rows: readonly RecordedRow[], prefix: string): TelemetryStream[] {
  const byComponent = new Map<string, RecordedRow[]>();
  for (const row of rows) {
    const [, , component = ''] = row;
    const own = byComponent.get(component) ?? [];
    byComponent.set(component, own);
    own.push(row);
  }
  return [...byComponent].map(
    ([component, own]) => new RecordedStream(topicOf(prefix, component), own, component),
  );
}

const topicOf = (prefix: string, component: string) =>
  encodeTopic(`${prefix}telemetry${component === '' ? '' : `/${component}`}`);

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
    const topic = topicOf(prefix, component);
    if (shared.rate)
      return [new StagedStream({topic, component, source, jitter, place, chance, rate: shared.rate})];
    const firstMs = place * (fleet.spreadMs ?? intervalMs);
    return [new ModelStream({topic, component, source, intervalMs, jitter, firstMs, chance})];
  });
}
