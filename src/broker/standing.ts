/** What changes for those who are connected, and for what their sessions stored, when a right changes. */
import type {Ban} from '../domain/ban.js';
import {mayConnect} from '../domain/device.js';
import {serviceMayPublish} from '../domain/topic.js';
import type {Authenticator} from './authenticator.js';
import type {CloseReason, Connection} from './connection.js';
import type {Doorkeeper} from './doorkeeper.js';
import type {LookUp} from './identity-cache.js';
import type {TenantLoads} from './limits/tenant-loads.js';
import {nameOf, type Presence} from './presence.js';
import {ownerOfSession, type SessionOwner} from './session.js';
import type {SessionPersistence} from './sessions/session-persistence.js';

export interface StandingParts {
  readonly authenticator: Authenticator;
  readonly doorkeeper: Doorkeeper;
  readonly loads: TenantLoads;
  readonly presence: Presence;
  readonly sessions: SessionPersistence;
  readonly lookUp: LookUp;
  /** All, not only those that are ready: one that was let in just now has the rights of before. */
  readonly connections: ReadonlySet<Connection>;
  /** A connection has other rights now. */
  renewed(connection: Connection): void;
  readonly clock: () => number;
}

/** MQTT 5.0, 3.14.2.1: DISCONNECT reason codes. */
const NOT_AUTHORIZED = 0x87;
const ADMINISTRATIVE_ACTION = 0x98;

export class Standing {
  readonly #parts: StandingParts;

  constructor(parts: StandingParts) {
    this.#parts = parts;
  }

  /** A revocation holds at once: the connection ends, and what its session stored goes. */
  async identityChanged({
    tenant,
    name,
    usable,
  }: {
    tenant: string;
    name: string;
    usable: boolean;
  }): Promise<void> {
    const {authenticator, connections} = this.#parts;
    authenticator.invalidate(tenant, name);
    if (usable) {
      await this.#renew(tenant, name);
      return;
    }
    for (const connection of connections) {
      const {identity} = connection;
      if (identity?.tenant !== tenant || nameOf(identity) !== name) continue;
      connection.revoked = true;
      connection.kick('kicked', NOT_AUTHORIZED);
    }
    await this.#forgetSessions(tenant, name);
  }

  /** What it may do is something else now; who connected before learns of it too. */
  async #renew(tenant: string, name: string): Promise<void> {
    const held = [...this.#parts.presence.of(tenant, name)].filter(
      ({identity}) => identity?.kind === 'device',
    );
    if (held.length === 0) return;
    const {device} = await this.#parts.lookUp({tenant, name, claimed: ''});
    if (!device) return;
    for (const connection of held) {
      connection.identity = device;
      this.#parts.renewed(connection);
    }
  }

  /** A tenant's state, quotas or keys changed: everything of it is asked for anew. */
  async tenantChanged({tenant, usable}: {tenant: string; usable: boolean}): Promise<void> {
    const {authenticator, connections, lookUp, loads} = this.#parts;
    authenticator.invalidateTenant(tenant);
    if (!usable) {
      for (const connection of connections)
        if (connection.identity?.tenant === tenant) cutOff(connection, 'suspended');
      return;
    }
    const {tenant: facts} = await lookUp({tenant, name: '', claimed: ''});
    if (facts) loads.setQuotas(tenant, facts.quotas);
  }

  /** Applications that a selector limits may receive the messages of other devices now. */
  async devicesChanged({tenant}: {tenant: string}): Promise<void> {
    const {authenticator, presence, lookUp} = this.#parts;
    for (const connection of presence.ofTenant(tenant)) {
      const {identity} = connection;
      if (identity?.kind !== 'service' || identity.devices === 'all') continue;
      authenticator.invalidate(tenant, identity.name);
      const answer = await lookUp({tenant, name: identity.name, claimed: ''});
      if (answer.service) connection.identity = answer.service;
    }
  }

  /** What is kept of a deleted tenant goes: sessions, queued and retained messages, wills. */
  async forgetTenant(tenant: string): Promise<void> {
    const {sessions} = this.#parts;
    for (const sessionId of [...sessions.sessions()])
      if (ownerOfSession(sessionId)?.tenant === tenant) await sessions.forget(sessionId);
    await sessions.forgetRetained(`t/${tenant}/#`);
  }

  get bans(): readonly Ban[] {
    return this.#parts.doorkeeper.bans.list();
  }

  /** Connections that it names end. */
  ban(ban: Ban): void {
    const {doorkeeper, connections} = this.#parts;
    const {bans} = doorkeeper;
    bans.add(ban);
    for (const connection of connections) {
      const {tenant, address, identity} = connection;
      const name = identity ? nameOf(identity) : '';
      if (bans.closedTo(address) || (identity && bans.manualFor({tenant, name, address})))
        cutOff(connection, 'banned');
    }
  }

  unban(id: string): boolean {
    return this.#parts.doorkeeper.bans.remove(id);
  }

  /** The owner of a will that outlived its connection: it may speak when it could connect now and say just that. */
  async mayStillSpeak({tenant, name, kind}: SessionOwner, topic: string): Promise<boolean> {
    const {lookUp, clock} = this.#parts;
    const {tenant: facts, device, service} = await lookUp({tenant, name, claimed: ''});
    if (facts?.state !== 'active') return false;
    if (kind === 'device') return device !== undefined && mayConnect(device);
    return service !== undefined && clock() < service.expiresMs && serviceMayPublish(topic, service);
  }

  /** What sessions of this identity stored: filters, queued messages, wills. */
  async #forgetSessions(tenant: string, name: string): Promise<void> {
    const {sessions} = this.#parts;
    await sessions.forget(`${tenant}:${name}`);
    for (const sessionId of [...sessions.sessions()]) {
      if (sessionId.startsWith(`${tenant}~${name}~`)) await sessions.forget(sessionId);
    }
  }
}

/** What its session stored stays: it may come again when it is allowed to. */
function cutOff(connection: Connection, reason: CloseReason): void {
  connection.revoked = true;
  connection.kick(reason, reason === 'banned' ? ADMINISTRATIVE_ACTION : NOT_AUTHORIZED);
}
