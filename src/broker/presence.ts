/** Who is connected: live connections by whose they are, and the events that tell of their beginning and end. */
import {randomUUID} from 'node:crypto';
import type {Client} from 'aedes';
import type {NewEvent} from '../domain/event.js';
import type {Identity} from '../domain/identity.js';
import {AddressConflicts} from './address-conflicts.js';
import type {Connection} from './connection.js';

/** How long aedes has to tell that a connection ended after its socket did: it has a will to publish before. */
const GONE_AFTER_MS = 2000;

/** When a device last showed that it is there, and when it last said something. */
export interface SeenDevice {
  readonly tenant: string;
  readonly device: string;
  readonly atMs: number;
  readonly dataMs: number | null;
}

export class Presence {
  readonly #append: (event: NewEvent) => void;
  /** By `{tenant}/{name}`: one for a device, any number for an application. */
  readonly #live = new Map<string, Set<Connection>>();
  readonly #conflicts = new AddressConflicts();
  #seenUntilMs = 0;
  /** Only grows, over restarts too: microseconds of the start, then one by one. */
  #version = Date.now() * 1000;

  constructor(append: (event: NewEvent) => void) {
    this.#append = append;
  }

  /** CONNACK is on its way. False for a connection that has ended meanwhile: it never was there. */
  enter(connection: Connection, identity: Identity): boolean {
    if (connection.destroyed) return false;
    const key = keyOf(identity);
    this.#live.set(key, (this.#live.get(key) ?? new Set()).add(connection));
    if (identity.kind === 'device') {
      connection.sessionId = randomUUID();
      const about = {remote: connection.remote, protocol: String(connection.version)};
      this.#tell(connection, 'device.connected', about);
      const conflict = this.#conflicts.connected(key, connection.address, Date.now());
      if (conflict) this.#tell(connection, 'device.conflict', conflict);
    }
    return true;
  }

  /** Its socket has closed. aedes says so as a rule; where it does not, the connection is gone all the same. */
  closed(connection: Connection): void {
    if (connection.identity && this.#live.get(keyOf(connection.identity))?.has(connection))
      setTimeout(() => this.leave(connection, connection.client), GONE_AFTER_MS).unref();
  }

  leave(connection: Connection, client: Client | undefined): void {
    const {identity} = connection;
    if (!identity) return;
    const key = keyOf(identity);
    const held = this.#live.get(key);
    if (held?.delete(connection) !== true) return;
    if (held.size === 0) this.#live.delete(key);
    if (identity.kind === 'device')
      this.#tell(connection, 'device.disconnected', {
        reason: client ? endOf(connection, client) : connection.closeReason,
      });
  }

  of(tenant: string, name: string): ReadonlySet<Connection> {
    return this.#live.get(`${tenant}/${name}`) ?? new Set();
  }

  *ofTenant(tenant: string): Generator<Connection> {
    for (const connections of [...this.#live.values()])
      for (const connection of connections) if (connection.tenant === tenant) yield connection;
  }

  /** Devices that sent something since the last call. */
  takeSeen(): SeenDevice[] {
    const seen: SeenDevice[] = [];
    const sinceMs = this.#seenUntilMs;
    this.#seenUntilMs = Date.now();
    for (const connections of this.#live.values()) {
      for (const {tenant, device, lastSeenMs, lastDataMs, childrenSeen} of connections) {
        if (device !== '' && lastSeenMs >= sinceMs)
          seen.push({tenant, device, atMs: lastSeenMs, dataMs: lastDataMs || null});
        for (const [child, atMs] of childrenSeen) seen.push({tenant, device: child, atMs, dataMs: atMs});
        childrenSeen.clear();
      }
    }
    return seen;
  }

  #tell(connection: Connection, type: string, data: object): void {
    this.#append({
      tenant: connection.tenant,
      device: connection.device,
      type,
      component: '',
      timeMs: undefined,
      recordedMs: Date.now(),
      contentType: 'application/json',
      payload: Buffer.from(JSON.stringify(data)),
      attributes: {sessionid: connection.sessionId ?? '', sessionversion: String(++this.#version)},
    });
  }
}

/** What an identity is called: a device's id, or a token's name. */
export const nameOf = (identity: Identity): string =>
  identity.kind === 'device' ? identity.device : identity.name;

const keyOf = (identity: Identity): string => `${identity.tenant}/${nameOf(identity)}`;

function endOf(connection: Connection, client: Client): string {
  const inside = client as Client & {_disconnected: boolean; broker: {_takingOver: Set<string>}};
  if (inside.broker._takingOver.has(client.id)) return 'takeover';
  return inside._disconnected ? 'client' : connection.closeReason;
}
