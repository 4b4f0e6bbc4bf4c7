/** The cloud gateway: listeners, aedes behind its guard, and what the platform asks of both. */
import type {Duplex} from 'node:stream';
import {Aedes, type Client, type PublishPacket} from 'aedes';
import {decide} from '../domain/access.js';
import type {Ban} from '../domain/ban.js';
import {IotctlError} from '../domain/errors.js';
import type {NewEvent} from '../domain/event.js';
import type {DeviceIdentity} from '../domain/identity.js';
import {DEFAULT_LIMITS, type Limits} from '../domain/limits.js';
import type {Quotas} from '../domain/tenant.js';
import {devicePrefix, filterMatches} from '../domain/topic.js';
import type {StreamWriter} from '../stream/event-stream.js';
import {upTopicOf} from './access.js';
import {AckQueue} from './acknowledger.js';
import {Authenticator, type PeerCertificate} from './authenticator.js';
import {type Admitted, brokerHooks, connectionOf} from './broker-hooks.js';
import {type CloseReason, Connection} from './connection.js';
import type {ConnectionHost} from './connection-host.js';
import {CONNECT_ANSWERS, Doorkeeper} from './doorkeeper.js';
import {eventOfPublish} from './event-of-publish.js';
import type {LookUp} from './identity-cache.js';
import {TOPIC_ALIAS_MAX} from './inbound.js';
import {Ingest} from './ingest.js';
import {addressOf} from './limits/address.js';
import {Expiries} from './limits/expiries.js';
import {type QuotaNews, TenantLoads} from './limits/tenant-loads.js';
import {Throttle} from './limits/throttle.js';
import {TLS_COST, Turnstile} from './limits/turnstile.js';
import {type Gate, type Listener, listenTcp, listenWebSocket, type TlsPair} from './listeners.js';
import {nameOf, Presence} from './presence.js';
import {Refusals} from './refusals.js';
import {ownerOfSession} from './session.js';
import {guardSessions} from './session-guard.js';
import type {SessionPersistence} from './sessions/session-persistence.js';
import {type CredentialUse, type RefusedPeer, Tellings} from './tellings.js';

/** Ports to listen on, 0 for a free one; a door that is not named stays shut. */
export interface DoorPorts {
  readonly mqtt?: number | undefined;
  readonly ws?: number | undefined;
  readonly mqtts?: number | undefined;
  readonly wss?: number | undefined;
}

export interface GatewayOptions {
  readonly host: string;
  readonly ports: DoorPorts;
  /** For the doors over TLS. */
  readonly tls?: TlsPair | undefined;
  readonly stream: StreamWriter;
  readonly sessions: SessionPersistence;
  readonly lookUp: LookUp;
  /** Whose certificate (DER) is this? Asked for peers that show one. */
  readonly identify: (leafDer: Buffer) => Promise<PeerCertificate>;
  readonly limits?: Partial<Limits> | undefined;
  /** Bans that people made. */
  readonly bans?: readonly Ban[] | undefined;
  readonly clock?: (() => number) | undefined;
  readonly listener: GatewayListener;
}

/** What the gateway tells the rest of the platform. */
export interface GatewayListener {
  /** An event about commands or connectivity is on disk at this offset. */
  notable(offset: number): void;
  commandReady(device: {tenant: string; device: string}): void;
  delivered(command: {id: string}): void;
  /** A connection ended before it acknowledged these commands. */
  undelivered(commands: {ids: readonly string[]}): void;
  fault(message: string): void;
}

export interface CommandDelivery {
  readonly tenant: string;
  readonly device: string;
  readonly id: string;
  readonly name: string;
  /** JSON text. */
  readonly payload: string;
}

/** What a device that comes by HTTP proves itself with. */
export interface DeviceLogin {
  readonly username: string;
  readonly secret: string;
  readonly address: string;
}

export interface HttpIngest extends DeviceLogin {
  readonly component: string;
  readonly payload: Uint8Array;
}

export interface GatewayReport {
  readonly connections: number;
  readonly eventsTotal: number;
  readonly refusedTotal: number;
  readonly droppedTotal: number;
  readonly blockedBy: string | null;
  readonly head: number;
}

/** A peer that has not sent a whole CONNECT by then is cut off. */
const CONNECT_TIMEOUT_MS = 5000;

/** How long aedes waits for a subscriber whose socket is full; shedding acts long before. */
const DRAIN_TIMEOUT_MS = 5000;

/** A device's payload is at most 256 KiB; the rest is for topic and properties. */
export const PAYLOAD_BYTES_MAX = 256 * 1024;
const PACKET_BYTES_MAX = PAYLOAD_BYTES_MAX + 1024;

/** Sessions outlive their connection by at most a week. */
const SESSION_EXPIRY_SEC_MAX = 7 * 24 * 3600;
const PENDING_SESSIONS_MAX = 100_000;

/** MQTT 5.0, 3.14.2.1: DISCONNECT reason codes. */
const NOT_AUTHORIZED = 0x87;
const SERVER_SHUTTING_DOWN = 0x8b;
const ADMINISTRATIVE_ACTION = 0x98;
const MAXIMUM_CONNECT_TIME = 0xa0;

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #ingest: Ingest;
  readonly #refusals: Refusals;
  readonly #limits: Limits;
  readonly #clock: () => number;
  readonly #authenticator: Authenticator;
  readonly #doorkeeper: Doorkeeper;
  readonly #turnstile: Turnstile;
  readonly #loads: TenantLoads;
  readonly #expiries: Expiries<Connection>;
  readonly #tellings = new Tellings();
  readonly #host: ConnectionHost;
  readonly #all = new Set<Connection>();
  readonly #presence: Presence;
  readonly #tenants = new Set<string>();
  #aedes!: Aedes;
  #doors: Listener[] = [];
  /** Did an application ever subscribe to what devices say? Until then nothing is offered to it. */
  #offering = false;
  #closing = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#ingest = new Ingest(options.stream, offset => options.listener.notable(offset));
    this.#refusals = new Refusals(
      event => this.#ingest.append(event, () => {}),
      refusal => this.#tellings.refused(refusal),
    );
    this.#presence = new Presence(event => this.#ingest.append(event, () => {}));
    this.#clock = options.clock ?? Date.now;
    this.#limits = {...DEFAULT_LIMITS, ...options.limits};
    this.#authenticator = new Authenticator(options.lookUp, this.#clock);
    this.#doorkeeper = new Doorkeeper({
      authenticator: this.#authenticator,
      limits: this.#limits,
      bans: options.bans ?? [],
      clock: this.#clock,
    });
    this.#turnstile = new Turnstile(this.#limits);
    this.#loads = new TenantLoads(news => this.#tellQuota(news));
    this.#expiries = new Expiries(this.#clock);
    this.#host = {
      acks: new AckQueue(),
      ingest: this.#ingest,
      refusals: this.#refusals,
      packetBytesMax: PACKET_BYTES_MAX,
      knowsTenant: tenant => this.#tenants.has(tenant),
      offer: (topic, payload, qos) => this.#offer(topic, payload, qos),
      delivered: id => options.listener.delivered({id}),
      closed: connection => {
        this.#all.delete(connection);
        this.#expiries.delete(connection);
        this.#loads.leave(connection, connection.tenant);
        this.#presence.closed(connection);
        const ids = connection.outbound.undelivered;
        if (ids.length > 0) options.listener.undelivered({ids});
      },
    };
  }

  /** Opens the doors; gives the ports back. */
  async start(): Promise<DoorPorts> {
    const {sessions} = this.#options;
    this.#aedes = await Aedes.createBroker({
      ...brokerHooks({
        doorkeeper: this.#doorkeeper,
        hasRoom: (connection, {identity, quotas}) =>
          this.#loads.enter(connection, identity.kind === 'device' ? identity.device : undefined, {
            tenant: identity.tenant,
            quotas,
          }),
        admitted: (connection, admission) => this.#admit(connection, admission),
        mayRetain: (tenant, packet) => this.#mayRetain(tenant, packet),
        ingest: this.#ingest,
        refusals: this.#refusals,
        isRepeated: (client, packet) => isRepeated(sessions, client, packet),
        mayStillSpeak: owner => this.#mayStillSpeak(owner),
      }),
      persistence: guardSessions(sessions),
      published: (packet, client, done) => {
        if (client) connectionOf(client).outbound.published(packet.messageId);
        done();
      },
      connectTimeout: CONNECT_TIMEOUT_MS,
      drainTimeout: DRAIN_TIMEOUT_MS,
      maximumPacketSize: PACKET_BYTES_MAX,
      sessionExpiryIntervalLimit: SESSION_EXPIRY_SEC_MAX,
      pendingSessionsLimit: PENDING_SESSIONS_MAX,
      maxTopicLevels: 16,
      topicAliasMaximum: TOPIC_ALIAS_MAX,
      maxClientsIdLength: 1024,
    });
    this.#watch();
    return await this.#openDoors();
  }

  async #openDoors(): Promise<DoorPorts> {
    const {host, ports, tls} = this.#options;
    const gate: Gate = {
      enter: (knock, enter, refuse) => this.#enter(knock, enter, refuse),
      accept: (socket, remote, leafDer) => void this.#accept(socket, remote, leafDer),
    };
    const opened: Record<string, number> = {};
    for (const [door, listen, pair] of [
      ['mqtt', listenTcp, undefined],
      ['ws', listenWebSocket, undefined],
      ['mqtts', listenTcp, tls],
      ['wss', listenWebSocket, tls],
    ] as const) {
      const port = ports[door];
      if (port === undefined) continue;
      const listener = await listen(host, port, gate, pair);
      this.#doors.push(listener);
      opened[door] = listener.port;
    }
    return opened;
  }

  append(event: NewEvent): Promise<number> {
    return this.#ingest.appendAsync(event);
  }

  /** A device that came by HTTP; undefined when it is not let in. */
  async authenticateHttp(login: DeviceLogin): Promise<DeviceIdentity | undefined> {
    return (await this.#admitHttp(login))?.identity;
  }

  async #admitHttp({
    username,
    secret,
    address,
  }: DeviceLogin): Promise<{identity: DeviceIdentity; quotas: Quotas} | undefined> {
    const from = addressOf(`${address}:0`);
    const admission = await this.#doorkeeper.admit(
      {username, password: Buffer.from(secret), clientId: ''},
      from,
    );
    if (!admission.ok) {
      if (admission.answer === CONNECT_ANSWERS.banned)
        throw new IotctlError('IOT_BANNED', admission.reason, {retryAfterSec: admission.retryAfterSec});
      if (admission.answer === CONNECT_ANSWERS.busy)
        throw new IotctlError('IOT_RATE_LIMITED', admission.reason, {retryAfterSec: 1});
      return undefined;
    }
    const {identity, credentialId, quotas} = admission;
    if (credentialId !== undefined) this.#tellings.used({credentialId, atMs: this.#clock(), address: from});
    return identity.kind === 'device' ? {identity, quotas} : undefined;
  }

  /** The same credential, envelope, limits and durability as by MQTT. */
  async ingestHttp({component, payload, ...login}: HttpIngest): Promise<number> {
    const admitted = await this.#admitHttp(login);
    if (!admitted)
      throw new IotctlError('IOT_UNAUTHENTICATED', `${login.username || 'nobody'} was not let in`);
    const {identity, quotas} = admitted;
    if (payload.byteLength > PAYLOAD_BYTES_MAX) {
      throw new IotctlError('IOT_PAYLOAD_TOO_LARGE', `payload of ${payload.byteLength} bytes`);
    }
    this.#loads.checkHttp({tenant: identity.tenant, quotas}, payload.byteLength);
    if (this.#ingest.blockedBy) throw new IotctlError('IOT_DISK_FULL', this.#ingest.blockedBy);
    const suffix = component === '' ? 'telemetry' : `telemetry/${component}`;
    const topic = upTopicOf(`me/${suffix}`, devicePrefix(identity.tenant, identity.device));
    if (!topic) throw new IotctlError('IOT_REQUEST_INVALID', `not a component: ${JSON.stringify(component)}`);
    const offset = await this.#ingest.appendAsync(eventOfPublish(identity, topic, payload, Date.now()));
    this.#offer(`${devicePrefix(identity.tenant, identity.device)}${suffix}`, Buffer.from(payload), 1);
    return offset;
  }

  deliver({tenant, device, id, name, payload}: CommandDelivery): 'sent' | 'offline' {
    const topic = `${devicePrefix(tenant, device)}cmd/${id}/${name}`;
    for (const connection of this.#presence.of(tenant, device)) {
      if (connection.sendCommand(id, topic, payload)) return 'sent';
    }
    return 'offline';
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
    this.#authenticator.invalidate(tenant, name);
    if (usable) return;
    // All, not only those that are ready: one that was let in just now has the rights of before.
    for (const connection of this.#all) {
      const {identity} = connection;
      if (identity?.tenant !== tenant || nameOf(identity) !== name) continue;
      connection.revoked = true;
      connection.kick('kicked', NOT_AUTHORIZED);
    }
    await this.#forgetSessions(tenant, name);
  }

  /** A tenant's state, quotas or keys changed: everything of it is asked for anew. */
  async tenantChanged({tenant, usable}: {tenant: string; usable: boolean}): Promise<void> {
    this.#authenticator.invalidateTenant(tenant);
    if (!usable) {
      for (const connection of this.#all)
        if (connection.identity?.tenant === tenant) this.#cutOff(connection, 'suspended');
      return;
    }
    const {tenant: facts} = await this.#options.lookUp({tenant, name: '', claimed: ''});
    if (facts) this.#loads.setQuotas(tenant, facts.quotas);
  }

  /** The tenant's storage is full, or has room again. */
  setStorageFull(tenant: string, full: boolean): void {
    this.#loads.block(tenant, full);
  }

  get bans(): readonly Ban[] {
    return this.#doorkeeper.bans.list();
  }

  /** Connections that it names end. */
  ban(ban: Ban): void {
    const {bans} = this.#doorkeeper;
    bans.add(ban);
    for (const connection of this.#all) {
      const {tenant, address, identity} = connection;
      const name = identity ? nameOf(identity) : '';
      if (bans.closedTo(address) || (identity && bans.manualFor({tenant, name, address})))
        this.#cutOff(connection, 'banned');
    }
  }

  unban(id: string): boolean {
    return this.#doorkeeper.bans.remove(id);
  }

  /** Who was refused, and which credentials were used, since the last call. */
  takeTellings(): {refused: RefusedPeer[]; used: CredentialUse[]} {
    return this.#tellings.take();
  }

  /** What its session stored stays: it may come again when it is allowed to. */
  #cutOff(connection: Connection, reason: CloseReason): void {
    connection.revoked = true;
    connection.kick(reason, reason === 'banned' ? ADMINISTRATIVE_ACTION : NOT_AUTHORIZED);
  }

  #admit(connection: Connection, {identity, credentialId, expiresMs}: Admitted): void {
    const nowMs = this.#clock();
    connection.throttle = new Throttle(this.#limits, this.#loads.meterOf(identity.tenant), Date.now());
    if (credentialId !== undefined)
      this.#tellings.used({credentialId, atMs: nowMs, address: connection.address});
    if (expiresMs !== undefined)
      this.#expiries.set(connection, expiresMs, () => connection.kick('expired', MAXIMUM_CONNECT_TIME));
  }

  #mayRetain(tenant: string, {topic, payload}: PublishPacket): boolean {
    const limit = this.#loads.quotasOf(tenant)?.retainedMessages ?? null;
    const {sessions} = this.#options;
    if (limit === null || payload.length === 0 || sessions.retainedIn(topic) > 0) return true;
    return sessions.retainedIn(`t/${tenant}/#`) < limit;
  }

  #tellQuota({tenant, exceeded, ...data}: QuotaNews): void {
    this.#ingest.append(
      {
        tenant,
        device: '',
        type: exceeded ? 'quota.exceeded' : 'quota.warning',
        component: '',
        timeMs: undefined,
        recordedMs: Date.now(),
        contentType: 'application/json',
        payload: Buffer.from(JSON.stringify(data)),
        attributes: undefined,
      },
      () => {},
    );
  }

  /** Applications that a selector limits may receive the messages of other devices now. */
  async devicesChanged({tenant}: {tenant: string}): Promise<void> {
    for (const connection of this.#presence.ofTenant(tenant)) {
      const {identity} = connection;
      if (identity?.kind !== 'service' || identity.devices === 'all') continue;
      this.#authenticator.invalidate(tenant, identity.name);
      const answer = await this.#options.lookUp({tenant, name: identity.name, claimed: ''});
      if (answer.service) connection.identity = answer.service;
    }
  }

  /** What is kept of a deleted tenant goes: sessions, queued and retained messages, wills. */
  async forgetTenant(tenant: string): Promise<void> {
    const {sessions} = this.#options;
    for (const sessionId of [...sessions.sessions()])
      if (ownerOfSession(sessionId)?.tenant === tenant) await sessions.forget(sessionId);
    await sessions.forgetRetained(`t/${tenant}/#`);
  }

  usage(tenant: string): {
    connections: number;
    publishesPerSec: number;
    bytesPerSec: number;
    retainedMessages: number;
  } {
    return {
      ...this.#loads.usage(tenant),
      retainedMessages: this.#options.sessions.retainedIn(`t/${tenant}/#`),
    };
  }

  /** A session's queue, or the retained messages, were full: something had to go, and an event says what. */
  messageDropped({sessionId, topic, reason}: {sessionId: string; topic: string; reason: string}): void {
    const owner = ownerOfSession(sessionId);
    const device = owner?.kind === 'device' ? owner.name : '';
    this.#refusals.report({
      type: 'message.dropped',
      tenant: owner?.tenant ?? '',
      device,
      reason,
      subject: topic,
    });
  }

  report(): GatewayReport {
    return {
      connections: this.#all.size,
      eventsTotal: this.#ingest.total,
      refusedTotal: this.#refusals.total,
      droppedTotal: this.#refusals.dropped,
      blockedBy: this.#ingest.blockedBy ?? null,
      head: this.#options.stream.head,
    };
  }

  /** Devices that sent something since the last call. */
  takeSeen(): {tenant: string; device: string; atMs: number}[] {
    return this.#presence.takeSeen();
  }

  /** Stops accepting, ends every connection, and leaves the stream for its owner to close. */
  async close(): Promise<void> {
    this.#closing = true;
    const doors = this.#doors.map(door => door.close());
    this.#turnstile.close();
    this.#expiries.close();
    this.#loads.close();
    for (const connection of this.#all) connection.kick('shutdown', SERVER_SHUTTING_DOWN);
    await Promise.all(doors);
    await new Promise<void>(resolve => this.#aedes.close(() => resolve()));
    this.#refusals.close();
    this.#ingest.close();
  }

  /** Bans of a whole address hold before a word is said; then it is each one's turn. */
  #enter({remote, tls}: {remote: string; tls: boolean}, enter: () => void, refuse: () => void): void {
    const address = addressOf(remote);
    if (this.#closing || this.#doorkeeper.bans.closedTo(address)) refuse();
    else this.#turnstile.enter({address, cost: tls ? TLS_COST : 1}, enter, refuse);
  }

  async #accept(socket: Duplex, remote: string, leafDer: Buffer | undefined): Promise<void> {
    const certificate = leafDer && (await this.#identify(leafDer));
    if (this.#closing || socket.destroyed) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, {remote, certificate}, this.#host);
    this.#all.add(connection);
    this.#aedes.handle(connection);
  }

  async #identify(leafDer: Buffer): Promise<PeerCertificate> {
    try {
      return await this.#options.identify(leafDer);
    } catch (error) {
      return {ok: false, reason: (error as Error).message};
    }
  }

  #watch(): void {
    const broker = this.#aedes;
    broker.on('clientReady', client => this.#onReady(connectionOf(client), client));
    broker.on('clientDisconnect', client => this.#presence.leave(connectionOf(client), client));
    broker.on('keepaliveTimeout', client => {
      connectionOf(client).closeReason = 'keep-alive';
    });
    broker.on('clientError', () => {});
    broker.on('connectionError', () => {});
    broker.on('subscribe', (subscriptions, client) => this.#onSubscribe(client, subscriptions));
    (broker as NodeJS.EventEmitter).on('error', (error: Error) =>
      this.#options.listener.fault(error.message),
    );
  }

  #onReady(connection: Connection, client: Client): void {
    const {identity} = connection;
    if (!identity || !this.#presence.enter(connection, identity)) return;
    this.#tenants.add(identity.tenant);
    connection.ready();
    if (identity.kind === 'device') {
      const {subscriptions} = client as Client & {subscriptions: object};
      this.#announceCommands(connection, Object.keys(subscriptions));
    } else if (decide(identity.access, 'event:read').allowed) this.#offering = true;
  }

  #onSubscribe(client: Client, subscriptions: readonly {topic: string}[]): void {
    this.#announceCommands(
      connectionOf(client),
      subscriptions.map(({topic}) => topic),
    );
  }

  #announceCommands(connection: Connection, filters: readonly string[]): void {
    const {identity} = connection;
    if (identity?.kind !== 'device') return;
    const command = `${devicePrefix(identity.tenant, identity.device)}cmd/0/any`;
    if (!filters.some(filter => filterMatches(filter, command) || filter.includes('/cmd/'))) return;
    this.#options.listener.commandReady({tenant: identity.tenant, device: identity.device});
  }

  #offer(topic: string, payload: Buffer, qos: 0 | 1): void {
    if (!this.#offering) return;
    this.#aedes.publish({cmd: 'publish', topic, payload, qos, retain: false, dup: false}, () => {});
  }

  /** What sessions of this identity stored: filters, queued messages, wills. */
  async #forgetSessions(tenant: string, name: string): Promise<void> {
    const {sessions} = this.#options;
    await sessions.forget(`${tenant}:${name}`);
    for (const sessionId of [...sessions.sessions()]) {
      if (sessionId.startsWith(`${tenant}~${name}~`)) await sessions.forget(sessionId);
    }
  }

  /** The owner of a will that outlived the gateway: it may speak when it could still connect. */
  async #mayStillSpeak({tenant, name}: {tenant: string; name: string}): Promise<boolean> {
    const answer = await this.#options.lookUp({tenant, name, claimed: ''});
    return answer.device !== undefined || answer.service !== undefined;
  }
}

async function isRepeated(
  sessions: SessionPersistence,
  client: Client,
  packet: PublishPacket,
): Promise<boolean> {
  return await sessions.incomingGetPacket(client, packet).then(
    () => true,
    () => false,
  );
}
