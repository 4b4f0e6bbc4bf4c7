/** Who is not let in for a while. Keys of JSON as printed by `iotctl ban list -o json`; times are RFC 3339 in UTC. */
export interface Ban {
  readonly id: string;
  /** An address, or a range such as `192.0.2.0/24`. */
  readonly address: string | null;
  /** With a device, the ban is about this device alone; with an address too, about both together. */
  readonly device: string | null;
  /** Null: on the whole platform. */
  readonly tenant: string | null;
  readonly reason: string;
  /** Made by the gateway after too many failures, not by a person. */
  readonly automatic: boolean;
  readonly createdAt: string;
  /** Null: until someone takes it away. */
  readonly expiresAt: string | null;
}
