/**
 * Aedes' persistence on LMDB: sessions, retained messages, queued messages and wills outlive the process. What the
 * broker acknowledges because of a promise from here is on disk by then.
 *
 * The methods are those that aedes calls (aedes-persistence 11), and keep its names.
 */
import {Readable} from 'node:stream';
import type {BrokerPacket, DeliveryRef, MatchedSubscription, PubrelPacket, Subscription} from './records.js';
import {RetainedMessages} from './retained-messages.js';
import {DEFAULT_OPTIONS, type SessionPersistenceOptions} from './session-options.js';
import {SessionTable} from './session-table.js';
import {SubscriptionIndex} from './subscription-index.js';
import {Tables} from './tables.js';
import {Wills} from './wills.js';

/** The parts of aedes' clients and brokers that are of interest here. */
interface ClientRef {
  readonly id: string;
}

interface BrokerRef {
  readonly id: string;
}

/** Opens or creates the store in `folder`; one process at a time. Errors: `IOT_DATA_CORRUPT`. */
export function openSessionPersistence(
  folder: string,
  options: SessionPersistenceOptions = {},
): SessionPersistence {
  return new SessionPersistence(new Tables(folder), {...DEFAULT_OPTIONS, ...options});
}

export class SessionPersistence {
  readonly #tables: Tables;
  readonly #sessions: SessionTable;
  readonly #subscriptions: SubscriptionIndex;
  readonly #retained: RetainedMessages;
  readonly #wills: Wills;
  #broker: BrokerRef | undefined;

  constructor(tables: Tables, limits: Required<SessionPersistenceOptions>) {
    this.#tables = tables;
    this.#sessions = new SessionTable(tables, limits);
    this.#subscriptions = new SubscriptionIndex(tables);
    this.#retained = new RetainedMessages(tables, limits);
    this.#wills = new Wills(tables);
    this.#sessions.load((session, subscription) => this.#subscriptions.index(session, subscription));
    this.#retained.load();
    this.#wills.load();
  }

  get broker(): BrokerRef | undefined {
    return this.#broker;
  }

  async setup(broker: BrokerRef): Promise<void> {
    this.#broker = broker;
  }

  /** The client ids that have a session. */
  *sessions(): Generator<string> {
    for (const session of this.#sessions.all()) yield session.clientId;
  }

  subscriptionCount(clientId: string): number {
    return this.#sessions.get(clientId)?.subscriptions.size ?? 0;
  }

  /** What waits for a session. */
  queued(clientId: string): {messages: number; bytes: number} {
    const queue = this.#sessions.get(clientId)?.queue;
    return {messages: queue?.messages ?? 0, bytes: queue?.bytes ?? 0};
  }

  retained(): {messages: number; bytes: number} {
    return {messages: this.#retained.messages, bytes: this.#retained.bytes};
  }

  /** Removes all that is kept of a client, its will too; resolves when it is gone from the disk. */
  async forget(clientId: string): Promise<void> {
    this.#tables.assertOpen();
    this.#wills.delete(clientId);
    await this.cleanSubscriptions({id: clientId});
  }

  /** How many retained messages a filter matches. */
  retainedIn(filter: string): number {
    return this.#retained.countOf(filter);
  }

  async forgetRetained(filter: string): Promise<void> {
    this.#tables.assertOpen();
    this.#retained.forgetAll(filter);
    await this.#tables.durable();
  }

  async storeRetained(packet: BrokerPacket): Promise<void> {
    this.#tables.assertOpen();
    const stored = this.#retained.store(packet);
    await this.#tables.durable();
    stored();
  }

  createRetainedStream(pattern: string): Readable {
    return this.createRetainedStreamCombi([pattern]);
  }

  createRetainedStreamCombi(patterns: string[]): Readable {
    return Readable.from(this.#retained.matchedBy(patterns));
  }

  async addSubscriptions(client: ClientRef, subscriptions: readonly Subscription[]): Promise<void> {
    this.#tables.assertOpen();
    const session = this.#sessions.ensure(client.id);
    for (const subscription of subscriptions) this.#subscriptions.add(session, subscription);
    await this.#tables.durable();
  }

  async removeSubscriptions(client: ClientRef, filters: readonly string[]): Promise<void> {
    this.#tables.assertOpen();
    const session = this.#sessions.get(client.id);
    if (session === undefined) return;
    for (const filter of filters) this.#subscriptions.remove(session, filter);
    this.#sessions.release(session);
    await this.#tables.durable();
  }

  async subscriptionsByClient(client: ClientRef): Promise<Subscription[]> {
    const subscriptions = this.#sessions.get(client.id)?.subscriptions.values() ?? [];
    return [...subscriptions].map(({subscription}) => ({...subscription}));
  }

  async subscriptionsByTopic(topic: string): Promise<MatchedSubscription[]> {
    return this.#subscriptions.matching(topic);
  }

  async countOffline(): Promise<{subsCount: number; clientsCount: number}> {
    const subscribers = [...this.#sessions.all()].filter(session => session.subscriptions.size > 0);
    return {subsCount: this.#subscriptions.size, clientsCount: subscribers.length};
  }

  /**
   * Aedes calls this when a session is discarded (clean start, expiry), so that all of the session goes: what was
   * queued for it, and the packet ids of QoS 2 messages too (MQTT-3.1.2-6).
   */
  async cleanSubscriptions(client: ClientRef): Promise<void> {
    this.#tables.assertOpen();
    const session = this.#sessions.get(client.id);
    if (session !== undefined) {
      for (const filter of [...session.subscriptions.keys()]) this.#subscriptions.remove(session, filter);
      session.queue.clear();
      session.incoming.clear();
      this.#sessions.release(session);
    }
    this.#sessions.removeReleased();
    await this.#tables.durable();
  }

  getClientList(topic: string): Readable {
    const sessions = [...this.#sessions.all()].filter(session => session.subscriptions.has(topic));
    return Readable.from(sessions.map(session => session.clientId));
  }

  async outgoingEnqueue(subscriber: {clientId: string}, packet: BrokerPacket): Promise<void> {
    await this.outgoingEnqueueCombi([subscriber], packet);
  }

  async outgoingEnqueueCombi(
    subscribers: readonly {clientId: string}[],
    packet: BrokerPacket,
  ): Promise<void> {
    this.#tables.assertOpen();
    await this.#settle(
      subscribers.map(({clientId}) => this.#sessions.ensure(clientId).queue.enqueue(packet)),
    );
  }

  /**
   * Notes under which packet id a message was sent, or that it was received (PUBREC). Says nothing when the message is
   * not in the queue: one that had to give way is still delivered to a client that is there.
   */
  async outgoingUpdate(client: ClientRef, packet: DeliveryRef): Promise<void> {
    const queue = this.#sessions.get(client.id)?.queue;
    if (queue === undefined) return;
    if (packet.cmd === 'pubrel') queue.release(packet.messageId);
    else queue.assign(packet);
    // QoS 1 may come twice after a restart, QoS 2 must not: it is sent again under the same id, or not at all.
    if (packet.qos !== 1) await this.#tables.durable();
  }

  /** Takes a message out of the queue, after its acknowledgement or because it must not be delivered. */
  async outgoingClearMessageId(
    client: ClientRef,
    packet: DeliveryRef,
  ): Promise<BrokerPacket | PubrelPacket | undefined> {
    const session = this.#sessions.get(client.id);
    const taken = session?.queue.take(packet);
    if (session !== undefined) this.#sessions.release(session);
    return taken;
  }

  outgoingStream(client: ClientRef): Readable {
    return Readable.from(this.#sessions.get(client.id)?.queue.packets() ?? []);
  }

  async incomingStorePacket(client: ClientRef, packet: BrokerPacket): Promise<void> {
    this.#tables.assertOpen();
    await this.#settle([this.#sessions.ensure(client.id).incoming.store(packet.messageId!, packet)]);
  }

  async incomingGetPacket(client: ClientRef, {messageId}: {messageId?: number}): Promise<BrokerPacket> {
    const packet = this.#sessions.get(client.id)?.incoming.get(messageId!);
    if (packet === undefined) throw new Error('no such packet');
    return packet;
  }

  async incomingDelPacket(client: ClientRef, {messageId}: {messageId?: number}): Promise<void> {
    const session = this.#sessions.get(client.id);
    if (session === undefined || !(await session.incoming.delete(messageId!)))
      throw new Error('no such packet');
    this.#sessions.release(session);
  }

  async cleanIncoming(client: ClientRef): Promise<void> {
    this.#tables.assertOpen();
    const session = this.#sessions.get(client.id);
    if (session === undefined) return;
    session.incoming.clear();
    this.#sessions.release(session);
    await this.#tables.durable();
  }

  /** Marks the will with its client and the broker that has to publish it. */
  async putWill(client: ClientRef, packet: BrokerPacket): Promise<void> {
    this.#tables.assertOpen();
    packet.brokerId = this.#broker?.id;
    packet.clientId = client.id;
    this.#wills.put(client.id, {...packet});
    await this.#tables.durable();
  }

  async getWill(client: ClientRef): Promise<BrokerPacket | undefined> {
    return this.#wills.get(client.id);
  }

  async delWill(client: ClientRef): Promise<BrokerPacket | undefined> {
    return this.#wills.delete(client.id);
  }

  wills(): readonly BrokerPacket[] {
    return this.#wills.all();
  }

  /** Forgets that one; not a newer one of the same client. */
  forgetWill(will: BrokerPacket): void {
    if (this.#wills.get(will.clientId!) === will) this.#wills.delete(will.clientId!);
  }

  /** The wills of brokers that are not among these. */
  streamWill(brokers: Readonly<Record<string, unknown>> = {}): Readable {
    return Readable.from(this.#wills.all().filter(will => !Object.hasOwn(brokers, will.brokerId ?? '')));
  }

  /** Writes what is left and closes; throws when called twice. */
  async destroy(): Promise<void> {
    await this.#tables.close();
  }

  /** Waits for the disk, and tells whoever has put something how that went. */
  async #settle(settle: readonly (((error?: unknown) => void) | undefined)[]): Promise<void> {
    try {
      await this.#tables.durable();
    } catch (error) {
      for (const settled of settle) settled?.(error);
      throw error;
    }
    for (const settled of settle) settled?.();
  }
}
