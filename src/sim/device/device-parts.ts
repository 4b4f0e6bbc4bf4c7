/** What a device is made of, and what it shares with the others of its process. */
import type {SimulatedModel} from '../model/simulated-model.js';
import type {Endpoint} from '../wire/endpoint.js';
import type {DeviceClock} from './device-clock.js';
import type {FleetRate} from './fleet-rate.js';
import type {RecordedRow} from './recording.js';
import type {FleetSpec} from './scenario.js';
import type {SimDevice} from './sim-device.js';
import type {Tally} from './tally.js';
import type {TruthSink} from './truth.js';

/** What a device logs in with. */
export interface DeviceLogin {
  readonly id: string;
  readonly clientId?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** What all devices of a process share. */
export interface SharedParts {
  readonly seed: number;
  readonly clock: DeviceClock;
  /** How long devices live, in their own time; null: until they are stopped. */
  readonly lifeMs: number | null;
  /** Instead of intervals. */
  readonly rate: FleetRate | undefined;
  readonly tally: Tally;
  readonly truth: TruthSink | undefined;
  readonly protocolVersion: 4 | 5;
  readonly keepAliveSec: number;
  /** Messages that a device has in flight at most. */
  readonly window: number;
  /** Of a device's topics, with `{device}` for its id: `me/` on a platform. */
  readonly topicPrefix: string;
  /** Does the broker know what devices are? A plain one is told more: a retained status, and requests for the twin. */
  readonly platform: boolean;
  /** Has the device run then, on the machine's monotonic clock. */
  schedule(device: SimDevice, realMs: number): void;
  /** A device's first attempt to connect has an outcome. */
  settled(number: number): void;
}

export interface DeviceParts {
  readonly login: DeviceLogin;
  /** Its number in the whole run, from 0. */
  readonly number: number;
  readonly fleet: FleetSpec;
  readonly model: SimulatedModel;
  readonly endpoint: Endpoint;
  readonly localAddress?: string | undefined;
  readonly shared: SharedParts;
  /** Told again, instead of what the model measures. */
  readonly recording?: readonly RecordedRow[] | undefined;
}
