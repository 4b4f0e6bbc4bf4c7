/** What running consumers need of the platform. */
import type {ConsumerFilter, ConsumerPace, ConsumerSecret, ConsumerTarget} from '../domain/consumer.js';
import type {StoredEvent} from '../domain/event.js';
import type {TailPorts} from '../tail/history.js';

export interface ConsumerId {
  readonly tenant: string;
  readonly name: string;
}

export interface ConsumerSpec extends ConsumerId {
  /** Another one after each change. */
  readonly epoch: string;
  readonly target: ConsumerTarget;
  readonly secret: ConsumerSecret;
  readonly filter: ConsumerFilter;
  readonly pace: ConsumerPace;
  readonly offset: number;
}

export interface Progressed extends ConsumerId {
  readonly epoch: string;
  readonly offset: number;
  /** Why it does not get on; undefined where nothing was tried yet that could tell. */
  readonly problem: string | null | undefined;
  readonly caughtUp: boolean;
}

export interface DeviceTraits {
  readonly model: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ConsumerPorts extends TailPorts {
  /** Those that should run. */
  running(): Promise<readonly ConsumerSpec[]>;
  /** Undefined where there is no such device. */
  deviceTraits(of: {tenant: string; device: string}): Promise<DeviceTraits | undefined>;
  progressed(all: readonly Progressed[]): Promise<void>;
  /** Rejects where there is no room. */
  putAside(of: ConsumerId & {event: StoredEvent; reason: string; attempts: number}): Promise<void>;
  /** The next ones that were put aside and are to be tried again, behind that offset. */
  replays(of: ConsumerId & {after: number}): Promise<readonly StoredEvent[]>;
  /** One that was put aside is delivered. */
  replayed(of: ConsumerId & {offset: number}): Promise<void>;
  /** It begins to read; `newest` is the last offset that there is. */
  begins(of: ConsumerId & {newest: number}): Promise<void>;
  onFault(error: Error): void;
}
