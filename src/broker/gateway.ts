/** The cloud gateway: listeners, aedes behind its guard, and what the platform asks of both. */
import {setTimeout as delay} from 'node:timers/promises';
import {Aedes, type Client, type PublishPacket} from 'aedes';
import {decide} from '../domain/access.js';
import type {NewEvent} from '../domain/event.js';
import {DEFAULT_LIMITS, type Limits} from '../domain/limits.js';
import {AckQueue} from './acknowledger.js';
import {AEDES_SETTINGS, PACKET_BYTES_MAX, PAYLOAD_BYTES_MAX} from './aedes-settings.js';
import {Authenticator} from './authenticator.js';
import {appendBackfill, type BackfillMessage, backfillEvents} from './backfill.js';
import {type Admitted, brokerHooks, connectionOf, type Hooks} from './broker-hooks.js';
import {type BrokerClient, Connection} from './connection.js';
import type {ConnectionHost} from './connection-host.js';
import {Departures} from './departures.js';
import {Doorkeeper} from './doorkeeper.js';
import {type DoorPorts, Doors} from './doors.js';
import type {GatewayOptions, GatewayReport} from './gateway-contract.js';
import {HttpDoor} from './http-door.js';
import type {LookUp, LookUpAnswer, LookUpRequest} from './identity-cache.js';
import {Ingest} from './ingest.js';
import {Expiries} from './limits/expiries.js';
import {type QuotaNews, TenantLoads} from './limits/tenant-loads.js';
import {Throttle} from './limits/throttle.js';
import {Turnstile} from './limits/turnstile.js';
import {ModelChecks, type ModelFault} from './model-checks.js';
import {publishOrphanedWills} from './orphaned-wills.js';
import {Presence, type SeenDevice} from './presence.js';
import {ProvisioningDoor} from './provisioning-door.js';
import {Refusals} from './refusals.js';
import {ownerOfSession} from './session.js';
import {guardSessions} from './session-guard.js';
import type {SessionPersistence} from './sessions/session-persistence.js';
import {Standing} from './standing.js';
import {type CredentialUse, type RefusedPeer, Tellings} from './tellings.js';
import {ToDevices} from './to-devices.js';
import {TwinDelivery} from './twin-delivery.js';

/** MQTT 5.0, 3.14.2.1: DISCONNECT reason codes. */
const SERVER_SHUTTING_DOWN = 0x8b;
const MAXIMUM_CONNECT_TIME = 0xa0;

/** How long the doors stay shut for wills of before: on a full disk they wait for space. */
const WILLS_MS_MAX = 2000;

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #ingest: Ingest;
  readonly #refusals: Refusals;
  readonly #limits: Limits;
  readonly #clock: () => number;
  readonly #authenticator: Authenticator;
  readonly #doorkeeper: Doorkeeper;
  readonly #models: ModelChecks;
  readonly #loads: TenantLoads;
  readonly #expiries: Expiries<Connection>;
  readonly #tellings = new Tellings();
  readonly #host: ConnectionHost;
  readonly #all = new Set<Connection>();
  readonly #presence: Presence;
  readonly #tenants = new Set<string>();
  readonly #doors: Doors;
  /** Devices that come by HTTP. */
  readonly http: HttpDoor;
  /** Who may stay when rights change. */
  readonly standing: Standing;
  /** Desired documents on their way to devices. */
  readonly twins: TwinDelivery;
  /** Commands and errors for devices that are here. */
  readonly devices: ToDevices;
  #aedes!: Aedes;
  /** Did an application ever subscribe to what devices say? Until then nothing is offered to it. */
  #offering = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#ingest = new Ingest(options.stream, offset => options.listener.notable(offset));
    this.#refusals = new Refusals(
      event => this.#ingest.append(event, () => {}),
      refusal => this.#tellings.refused(refusal),
    );
    this.#presence = new Presence(event => this.#ingest.append(event, () => {}));
    this.devices = new ToDevices(this.#presence, options.listener.commandReady);
    this.twins = new TwinDelivery({
      presence: this.#presence,
      ask: twin => options.listener.twinWanted(twin),
      dropped: (connection, topic) => this.#tellDropped(connection, topic),
    });
    this.#clock = options.clock ?? Date.now;
    this.#limits = {...DEFAULT_LIMITS, ...options.limits};
    this.#models = new ModelChecks(options.loadModel);
    const lookUp: LookUp = request => this.#lookUp(request);
    this.#authenticator = new Authenticator(lookUp, this.#clock);
    this.#doorkeeper = new Doorkeeper({
      authenticator: this.#authenticator,
      limits: this.#limits,
      bans: options.bans ?? [],
      clock: this.#clock,
    });
    this.#loads = new TenantLoads(news => this.#tellQuota(news));
    this.#expiries = new Expiries(this.#clock);
    this.#host = {
      acks: new AckQueue(),
      departures: new Departures(),
      ingest: this.#ingest,
      refusals: this.#refusals,
      models: this.#models,
      provisioning: new ProvisioningDoor({
        doorkeeper: this.#doorkeeper,
        refusals: this.#refusals,
        ask: options.provision,
      }),
      packetBytesMax: PACKET_BYTES_MAX,
      knowsTenant: tenant => this.#tenants.has(tenant),
      offer: (topic, payload, qos) => this.#offer(topic, payload, qos),
      delivered: id => options.listener.delivered({id}),
      twinWanted: (connection, device) => this.twins.wanted(connection, device),
      closed: connection => {
        this.#all.delete(connection);
        connection.inbound.closed();
        this.#expiries.delete(connection);
        this.#loads.leave(connection, connection.tenant);
        this.#presence.closed(connection);
        const ids = connection.outbound.undelivered;
        if (ids.length > 0) options.listener.undelivered({ids});
      },
    };
    this.http = new HttpDoor({
      doorkeeper: this.#doorkeeper,
      loads: this.#loads,
      ingest: this.#ingest,
      models: this.#models,
      payloadBytesMax: PAYLOAD_BYTES_MAX,
      clock: this.#clock,
      used: use => this.#tellings.used(use),
      offer: (topic, payload, qos) => this.#offer(topic, payload, qos),
    });
    this.standing = new Standing({
      authenticator: this.#authenticator,
      doorkeeper: this.#doorkeeper,
      loads: this.#loads,
      presence: this.#presence,
      sessions: options.sessions,
      lookUp,
      connections: this.#all,
      renewed: connection => this.twins.renewed(connection),
      clock: this.#clock,
    });
    this.#doors = new Doors({
      ...options,
      turnstile: new Turnstile(this.#limits),
      closedTo: address => this.#doorkeeper.bans.closedTo(address) !== undefined,
      accept: (socket, peer) => {
        const connection = new Connection(socket, peer, this.#host);
        this.#all.add(connection);
        connection.handler = this.#aedes.handle(connection) as BrokerClient;
      },
    });
  }

  /** Opens the doors; gives the ports back. */
  async start(): Promise<DoorPorts> {
    const {sessions} = this.#options;
    const hooks = brokerHooks({
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
      models: this.#models,
      twinWanted: (connection, device) => this.twins.wanted(connection, device),
      isRepeated: (client, packet) => isRepeated(sessions, client, packet),
      mayStillSpeak: (owner, topic) => this.standing.mayStillSpeak(owner, topic),
    });
    this.#aedes = await Aedes.createBroker({
      ...hooks,
      persistence: guardSessions(sessions),
      published: (packet, client, done) => {
        if (client) connectionOf(client).outbound.published(packet.messageId);
        done();
      },
      ...AEDES_SETTINGS,
    });
    this.#watch();
    const wills = publishOrphanedWills(sessions, will => this.#publishWill(will, hooks));
    await Promise.race([wills, delay(WILLS_MS_MAX, undefined, {ref: false})]);
    return await this.#doors.open();
  }

  /** Resolves when it is published, or refused. */
  #publishWill(will: PublishPacket, {authorizePublish}: Hooks): Promise<void> {
    return new Promise(resolve => {
      authorizePublish(null, will, refused => {
        if (refused) resolve();
        else this.#aedes.publish(will, () => resolve());
      });
    });
  }

  /** Whoever is let in has its model here already. */
  async #lookUp(request: LookUpRequest): Promise<LookUpAnswer> {
    const answer = await this.#options.lookUp(request);
    const {device} = answer;
    if (device)
      await this.#models.prepare(device.tenant, [device.model, ...(device.children?.values() ?? [])]);
    return answer;
  }

  append(event: NewEvent): Promise<number> {
    return this.#ingest.appendAsync(event);
  }

  /** See `appendBackfill`. */
  backfill(messages: readonly BackfillMessage[]): Promise<void> {
    return appendBackfill({ingest: this.#ingest, loads: this.#loads, models: this.#models}, messages);
  }

  /** See `backfillEvents`. */
  backfillEvents(messages: readonly BackfillMessage[]): Promise<NewEvent[]> {
    return backfillEvents({loads: this.#loads, models: this.#models}, messages);
  }

  /** The tenant's storage is full, or has room again. */
  setStorageFull(tenant: string, full: boolean): void {
    this.#loads.block(tenant, full);
  }

  /** Who was refused, which credentials were used and which models were broken, since the last call. */
  takeTellings(): {refused: RefusedPeer[]; used: CredentialUse[]; faults: ModelFault[]} {
    return {...this.#tellings.take(), faults: this.#models.takeFaults()};
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

  #tellDropped(connection: Connection, subject: string): void {
    const reason = 'larger than the subscriber’s maximum packet size';
    const {tenant, device} = connection;
    this.#refusals.report({type: 'message.dropped', tenant, device, reason, subject});
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
  takeSeen(): SeenDevice[] {
    return this.#presence.takeSeen();
  }

  /** Stops accepting, ends every connection, and leaves the stream for its owner to close. */
  async close(): Promise<void> {
    const doors = this.#doors.close();
    this.#expiries.close();
    this.#loads.close();
    for (const connection of this.#all) connection.kick('shutdown', SERVER_SHUTTING_DOWN);
    await doors;
    await new Promise<void>(resolve => this.#aedes.close(() => resolve()));
    this.#refusals.close();
    this.#ingest.close();
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
      this.devices.subscribed(connection, Object.keys(subscriptions));
      this.twins.subscribed(connection, Object.keys(subscriptions));
    } else if (decide(identity.access, 'event:read').allowed) this.#offering = true;
  }

  #onSubscribe(client: Client, subscriptions: readonly {topic: string}[]): void {
    const filters = subscriptions.map(({topic}) => topic);
    this.devices.subscribed(connectionOf(client), filters);
    this.twins.subscribed(connectionOf(client), filters);
  }

  #offer(topic: string, payload: Buffer, qos: 0 | 1): void {
    if (!this.#offering) return;
    this.#aedes.publish({cmd: 'publish', topic, payload, qos, retain: false, dup: false}, () => {});
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
