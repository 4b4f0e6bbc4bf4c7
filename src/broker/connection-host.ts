/** What a connection needs of the gateway it belongs to. */
import type {AckQueue} from './acknowledger.js';
import type {Connection} from './connection.js';
import type {Departures} from './departures.js';
import type {Ingest} from './ingest.js';
import type {ModelChecks} from './model-checks.js';
import type {ProvisioningDoor} from './provisioning-door.js';
import type {Refusals} from './refusals.js';

export interface ConnectionHost {
  readonly acks: AckQueue;
  readonly departures: Departures;
  readonly ingest: Ingest;
  readonly refusals: Refusals;
  readonly models: ModelChecks;
  readonly provisioning: ProvisioningDoor;
  /** Largest packet after CONNECT, in bytes. */
  readonly packetBytesMax: number;
  knowsTenant(tenant: string): boolean;
  /** Offers a device's message to applications that subscribed to it. */
  offer(topic: string, payload: Buffer, qos: 0 | 1): void;
  delivered(commandId: string): void;
  /** A device asks for the desired document of its own twin, or of a child's. */
  twinWanted(connection: Connection, device: string): void;
  closed(connection: Connection): void;
}
