/** All sessions by client id: what each has subscribed to, what waits for it, and what it has not released. */
import type {Database} from 'lmdb';
import {IncomingPackets} from './incoming-packets.js';
import {type DropReason, OutgoingQueue} from './outgoing-queue.js';
import type {BrokerPacket, StoredSubscription} from './records.js';
import type {PairKey, Tables} from './tables.js';

export interface SessionLimits {
  readonly queuedMessagesMax: number;
  readonly queuedBytesMax: number;
  readonly incomingMessagesMax: number;
  readonly incomingBytesMax: number;
  readonly onDropped: (clientId: string, packet: BrokerPacket, reason: DropReason) => void;
}

export interface Session {
  readonly number: number;
  readonly clientId: string;
  /** By filter, with the number of its row. */
  readonly subscriptions: Map<string, {row: number; subscription: StoredSubscription}>;
  nextRow: number;
  /** Is its own row in the table? What belongs to it would be lost without. */
  saved: boolean;
  readonly queue: OutgoingQueue;
  readonly incoming: IncomingPackets;
}

export class SessionTable {
  readonly #byClientId = new Map<string, Session>();
  /** Numbers of released sessions whose rows could not be removed. */
  readonly #unremoved = new Set<number>();
  #nextNumber = 1;

  constructor(
    private readonly tables: Tables,
    private readonly limits: SessionLimits,
  ) {}

  get(clientId: string): Session | undefined {
    return this.#byClientId.get(clientId);
  }

  all(): IterableIterator<Session> {
    return this.#byClientId.values();
  }

  /** The session of a client, made when there is none. */
  ensure(clientId: string): Session {
    const session = this.#byClientId.get(clientId) ?? this.#add(this.#nextNumber++, clientId);
    if (!session.saved) void this.#save(session);
    return session;
  }

  /** Forgets a session that holds nothing any more. */
  release(session: Session): void {
    const {subscriptions, queue, incoming} = session;
    if (subscriptions.size > 0 || queue.messages > 0 || incoming.messages > 0) return;
    if (this.#byClientId.get(session.clientId) !== session) return;
    this.#byClientId.delete(session.clientId);
    void this.#remove(session.number);
  }

  /** Tries once more to remove what the disk would not let go of: without its row nothing of a session comes back. */
  removeReleased(): void {
    for (const number of this.#unremoved) void this.#remove(number);
  }

  /** Reads what an earlier run left; `onSubscription` is called for each of the subscriptions. */
  load(onSubscription: (session: Session, subscription: StoredSubscription) => void): void {
    const {tables} = this;
    const byNumber = new Map<number, Session>();
    for (const {key, value} of tables.sessions.getRange()) {
      const session = this.#add(key, value);
      session.saved = true;
      byNumber.set(key, session);
      this.#nextNumber = Math.max(this.#nextNumber, key + 1);
    }
    this.#loadTable(tables.subscriptions, byNumber, (session, row, subscription) => {
      session.subscriptions.set(subscription.topic, {row, subscription});
      session.nextRow = Math.max(session.nextRow, row + 1);
      onSubscription(session, subscription);
    });
    this.#loadTable(tables.queue, byNumber, (session, item, entry) =>
      session.queue.load([session.number, item], entry),
    );
    for (const key of tables.queued.getKeys())
      if (byNumber.get(key[0])?.queue.has(key) !== true) void tables.remove(tables.queued, key);
    this.#loadTable(tables.incoming, byNumber, (session, messageId, packet) =>
      session.incoming.load(messageId, packet),
    );
  }

  /** Hands out the rows of a table, and removes those whose session was gone when the process ended. */
  #loadTable<V>(
    table: Database<V, PairKey>,
    byNumber: ReadonlyMap<number, Session>,
    load: (session: Session, item: number, value: V) => void,
  ): void {
    for (const {key, value} of table.getRange()) {
      const session = byNumber.get(key[0]);
      if (session !== undefined) load(session, key[1], value);
      else void this.tables.remove(table, key);
    }
  }

  async #save(session: Session): Promise<void> {
    if (await this.tables.put(this.tables.sessions, session.number, session.clientId)) session.saved = true;
  }

  async #remove(number: number): Promise<void> {
    if (await this.tables.remove(this.tables.sessions, number)) this.#unremoved.delete(number);
    else this.#unremoved.add(number);
  }

  #add(number: number, clientId: string): Session {
    const {tables, limits} = this;
    const session: Session = {
      number,
      clientId,
      subscriptions: new Map(),
      nextRow: 1,
      saved: false,
      queue: new OutgoingQueue(number, tables, {
        messagesMax: limits.queuedMessagesMax,
        bytesMax: limits.queuedBytesMax,
        onDropped: (packet, reason) => limits.onDropped(clientId, packet, reason),
      }),
      incoming: new IncomingPackets(number, tables, {
        messagesMax: limits.incomingMessagesMax,
        bytesMax: limits.incomingBytesMax,
      }),
    };
    this.#byClientId.set(clientId, session);
    return session;
  }
}
