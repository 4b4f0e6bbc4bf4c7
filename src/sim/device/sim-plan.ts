/** What a process of a simulation has to do, as plain JSON: it goes to other processes as it is. */
import type {Trust} from '../../client/trust.js';
import type {ModelSpec} from '../../domain/model.js';
import type {BrokerTarget} from '../wire/broker-target.js';
import type {ClientCertificate} from '../wire/endpoint.js';
import type {ClockSpec} from './device-clock.js';
import type {DeviceLogin} from './device-parts.js';
import type {PlannedRate} from './fleet-rate.js';
import type {RecordedRow} from './recording.js';
import type {FleetSpec} from './scenario.js';

export interface PlannedBroker {
  readonly target: BrokerTarget;
  readonly trust?: Trust | undefined;
  readonly certificate?: ClientCertificate | undefined;
}

export interface PlannedDevice extends DeviceLogin {
  /** Its number in the whole run, from 0: what it draws depends on it. */
  readonly number: number;
  /** Which of the plan's fleets it is of, and which of its brokers it connects to. */
  readonly fleet: number;
  readonly broker: number;
  readonly localAddress?: string | undefined;
  /** Told again, instead of what its model measures. */
  readonly recording?: readonly RecordedRow[] | undefined;
  /** Of its own, instead of the broker's. */
  readonly certificate?: ClientCertificate | undefined;
}

export interface SimPlan {
  /** Of so many processes this is one. */
  readonly agents: number;
  readonly seed: number;
  readonly clock: ClockSpec;
  /** Of the machine's time, from when all are connected; null: until it is stopped, or the devices' lives are over. */
  readonly durationMs: number | null;
  /** Of the devices' time. The run ends when all of it is told and acknowledged; null: it does not end by that. */
  readonly lifeMs: number | null;
  /** Of all devices together; null: each has the interval of its fleet. */
  readonly rate: PlannedRate | null;
  readonly brokers: readonly PlannedBroker[];
  readonly protocolVersion: 4 | 5;
  readonly keepAliveSec: number;
  readonly window: number;
  readonly connectionsPerSec: number;
  readonly topicPrefix: string;
  readonly platform: boolean;
  readonly fleets: readonly {readonly fleet: FleetSpec; readonly spec: ModelSpec}[];
  readonly devices: readonly PlannedDevice[];
  readonly truthPath: string | null;
}

/** The share of one of several processes: every `agents`-th device, each with the rate that it has anyway. */
export const sliceOfSim = (plan: SimPlan, agent: number, agents: number): SimPlan => ({
  ...plan,
  agents,
  connectionsPerSec: plan.connectionsPerSec / agents,
  devices: plan.devices.filter((_, index) => index % agents === agent),
});
