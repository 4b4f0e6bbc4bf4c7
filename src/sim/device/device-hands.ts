/** What the parts of a device can do to the rest of it. */
import type {ModelSpec} from '../../domain/model.js';
import type {SimulateSpec} from '../model/behaviour.js';
import type {CommandEffect} from '../model/simulated-device.js';

export interface DeviceHands {
  readonly spec: ModelSpec;
  readonly behaviour: SimulateSpec;
  /** Publishes below the device's own prefix, at QoS 1; waits for a connection where there is none. */
  say(topic: string, payload: string): void;
  /** After so many milliseconds of the device's time. */
  later(delayMs: number, run: () => void): void;
  /** Both give in words why it is not possible. */
  setMetric(name: string, value: unknown): string | undefined;
  /** Seconds, or a duration such as `30s`. */
  setSchedule(what: 'interval' | 'heartbeat', value: unknown): string | undefined;
  scheduleSec(what: 'interval' | 'heartbeat'): number;
  command(name: string, data: unknown): CommandEffect;
  /** Goes away in order, and comes back after a while. */
  restart(): void;
  /** It answered a command, in whatever way. */
  answered(): void;
}
