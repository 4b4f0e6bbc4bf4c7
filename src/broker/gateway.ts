/** The cloud gateway: listeners, aedes behind its guard, and what the platform asks of both. */
import type {Client, PublishPacket} from 'aedes';
import {decide} from '../domain/access.js';
import type {NewEvent} from '../domain/event.js';
import {DEFAULT_LIMITS, type Limits} from '../domain/limits.js';
import {AckQueue} from './acknowledger.js';
import {PACKET_BYTES_MAX, PAYLOAD_BYTES_MAX} from './aedes-settings.js';
import {Authenticator} from './authenticator.js';
import {appendBackfill, type BackfillMessage, backfillEvents} from './backfill.js';
import {Broker} from './broker.js';
import {type Admitted, brokerHooks, type Hooks} from './broker-hooks.js';
import {Connection} from './connection.js';
import type {ConnectionHost} from './connection-host.js';
import {Departures} from './departures.js';
import {Doorkeeper} from './doorkeeper.js';
import {type DoorPorts, Doors} from './doors.js';
import type {GatewayOptions, GatewayReport} from './gateway-contract.js';
import {HttpDoor} from './http-door.js';
import type {LookUp, LookUpAnswer, LookUpRequest} from './identity-cache.js';
import {Ingest} from './ingest.js';
import {Expiries} from './limits/expiries.js';
import {TenantLoads} from './limits/tenant-loads.js';
import {Throttle} from './limits/throttle.js';
import {Turnstile} from './limits/turnstile.js';
import {ModelChecks, type ModelFault} from './model-checks.js';
import {type DroppedMessage, droppedOf, quotaEvent, tooLargeFor} from './own-events.js';
import {Presence, type SeenDevice} from './presence.js';
import {ProvisioningDoor} from './provisioning-door.js';
import {Refusals} from './refusals.js';
import type {SessionPersistence} from './sessions/session-persistence.js';
import {Standing} from './standing.js';
import {type CredentialUse, type RefusedPeer, Tellings} from './tellings.js';
import {ToDevices} from './to-devices.js';
import {TwinDelivery} from './twin-delivery.js';

/** MQTT 5.0, 3.14.2.1: DISCONNECT reason codes. */
const SERVER_SHUTTING_DOWN = 0x8b;
const MAXIMUM_CONNECT_TIME = 0xa0;

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
  #broker!: Broker;
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
      dropped: (connection, topic) => this.#refusals.report(tooLargeFor(connection, topic)),
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
    this.#loads = new TenantLoads(news => this.#ingest.append(quotaEvent(news), () => {}));
    this.#expiries = new Expiries(this.#clock);
    this.#host = this.#newHost(options);
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
    this.#doors = this.#newDoors(options);
  }

  /** Opens the doors; gives the ports back. */
  async start(): Promise<DoorPorts> {
    const {sessions} = this.#options;
    const hooks = this.#newHooks();
    this.#broker = await Broker.start(sessions, hooks, {
      ready: (connection, client) => this.#onReady(connection, client),
      left: (connection, client) => this.#presence.leave(connection, client),
      subscribed: (connection, filters) => this.#onSubscribe(connection, filters),
      fault: message => this.#options.listener.fault(message),
    });
    await this.#broker.publishWills(sessions, hooks);
    return await this.#doors.open();
  }

  #newHost({listener, provision}: GatewayOptions): ConnectionHost {
    return {
      acks: new AckQueue(),
      departures: new Departures(),
      ingest: this.#ingest,
      refusals: this.#refusals,
      models: this.#models,
      provisioning: new ProvisioningDoor({
        doorkeeper: this.#doorkeeper,
        refusals: this.#refusals,
        ask: provision,
      }),
      packetBytesMax: PACKET_BYTES_MAX,
      knowsTenant: tenant => this.#tenants.has(tenant),
      offer: (topic, payload, qos) => this.#offer(topic, payload, qos),
      delivered: id => listener.delivered({id}),
      twinWanted: (connection, device) => this.twins.wanted(connection, device),
      closed: connection => {
        this.#all.delete(connection);
        connection.inbound.closed();
        this.#expiries.delete(connection);
        this.#loads.leave(connection, connection.tenant);
        this.#presence.closed(connection);
        const ids = connection.outbound.undelivered;
        if (ids.length > 0) listener.undelivered({ids});
      },
    };
  }

  #newDoors(options: GatewayOptions): Doors {
    return new Doors({
      ...options,
      turnstile: new Turnstile(this.#limits),
      closedTo: address => this.#doorkeeper.bans.closedTo(address) !== undefined,
      accept: (socket, peer) => {
        const connection = new Connection(socket, peer, this.#host);
        this.#all.add(connection);
        connection.handler = this.#broker.handle(connection);
      },
    });
  }

  #newHooks(): Hooks {
    const {sessions} = this.#options;
    return brokerHooks({
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

  /** See `droppedOf`; an event says what had to go. */
  messageDropped(dropped: DroppedMessage): void {
    this.#refusals.report(droppedOf(dropped));
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
    await this.#broker.close();
    this.#refusals.close();
    this.#ingest.close();
  }

  #onReady(connection: Connection, client: Client): void {
    const {identity} = connection;
    if (!identity || !this.#presence.enter(connection, identity)) return;
    this.#tenants.add(identity.tenant);
    connection.ready();
    if (identity.kind === 'device') {
      const {subscriptions} = client as Client & {subscriptions: object};
      this.#onSubscribe(connection, Object.keys(subscriptions));
    } else if (decide(identity.access, 'event:read').allowed) this.#offering = true;
  }

  #onSubscribe(connection: Connection, filters: readonly string[]): void {
    this.devices.subscribed(connection, filters);
    this.twins.subscribed(connection, filters);
  }

  #offer(topic: string, payload: Buffer, qos: 0 | 1): void {
    if (this.#offering) this.#broker.publish(topic, payload, qos);
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
