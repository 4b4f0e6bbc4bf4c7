/**
 * The cases of the Open MQTT Benchmark Suite by EMQ: https://github.com/emqx/mqttbs (its README gives the four large ones) and
 * https://www.emqx.com/en/blog/open-mqtt-benchmarking-comparison-mqtt-brokers-in-2023 (the four small ones). All: keep-alive 300 s, clean
 * session, no authentication, no TLS, QoS 1, payloads of 16 bytes, 30 minutes.
 */
import type {Pattern} from './end-to-end.js';

export const SUITE = 'Open MQTT Benchmark Suite, https://github.com/emqx/mqttbs';

interface PresetCase {
  readonly name: string;
  readonly what: string;
  /** MQTT 3.1.1; shared subscriptions need MQTT 5. */
  readonly protocolVersion: 4 | 5;
}

export type Preset = PresetCase &
  (
    | {readonly kind: 'conn'; readonly clients: number; readonly connectPerSec: number}
    | {
        readonly kind: 'e2e';
        readonly pattern: Pattern;
        readonly publishers: number;
        readonly subscribers: number;
        /** Of all publishers. */
        readonly ratePerSec: number;
      }
  );

export const KEEP_ALIVE_SEC = 300;
export const DURATION_MS = 30 * 60_000;
export const PAYLOAD_BYTES = 16;
export const SHARE_GROUP = 'benchmark';

const conn = (name: string, clients: number, connectPerSec: number): Preset => ({
  name,
  what: `${clients} connections, ${connectPerSec} opened per second, held`,
  protocolVersion: 4,
  kind: 'conn',
  clients,
  connectPerSec,
});

const messages = (
  name: string,
  pattern: Pattern,
  publishers: number,
  subscribers: number,
  ratePerSec: number,
): Preset => ({
  name,
  what: `${publishers} publishers, ${subscribers} subscribers, ${ratePerSec} messages per second, ${pattern}`,
  protocolVersion: pattern === 'shared' ? 5 : 4,
  kind: 'e2e',
  pattern,
  publishers,
  subscribers,
  ratePerSec,
});

export const PRESETS: readonly Preset[] = [
  conn('conn-tcp-10K-100', 10_000, 100),
  conn('conn-tcp-1M-5K', 1_000_000, 5000),
  messages('fanout-1-1K-1-1K', 'fan-out', 1, 1000, 1),
  messages('fanout-5-1K-5-250K', 'fan-out', 5, 1000, 250),
  messages('p2p-1K-1K-1K-1K', 'p2p', 1000, 1000, 1000),
  messages('p2p-50K-50K-50K-50K', 'p2p', 50_000, 50_000, 50_000),
  messages('sharedsub-1K-5-1K-1K', 'shared', 1000, 5, 1000),
  messages('sharedsub-50K-500-50K-50K', 'shared', 50_000, 500, 50_000),
];

export const presetNames = PRESETS.map(({name}) => name);

/** As much smaller or larger: clients and their rates, but at least one of each. */
export function scaled(preset: Preset, scale: number): Preset {
  const times = (count: number): number => Math.max(1, Math.round(count * scale));
  return preset.kind === 'conn'
    ? {...preset, clients: times(preset.clients), connectPerSec: times(preset.connectPerSec)}
    : {
        ...preset,
        publishers: times(preset.publishers),
        subscribers: times(preset.subscribers),
        ratePerSec: preset.ratePerSec * (times(preset.publishers) / preset.publishers),
      };
}
