/** The LMDB tables behind the sessions, and when what was put into them is on disk. */
import {type Database, type Key, open, type RootDatabase} from 'lmdb';
import {IotctlError} from '../../domain/errors.js';
import type {BrokerPacket, QueueEntry, StoredSubscription} from './records.js';

/** A session's number and a number within it: short keys, whatever a client id or topic holds. */
export type PairKey = [session: number, item: number];

export class Tables {
  readonly sessions: Database<string, number>;
  readonly subscriptions: Database<StoredSubscription, PairKey>;
  /** What a queued message is, apart from the message. */
  readonly queue: Database<QueueEntry, PairKey>;
  readonly queued: Database<BrokerPacket, PairKey>;
  readonly incoming: Database<BrokerPacket, PairKey>;
  readonly retained: Database<BrokerPacket, number>;
  readonly wills: Database<BrokerPacket, number>;
  readonly #root: RootDatabase;
  /** What has been put and is not committed yet; writes that come together share a promise, mostly. */
  readonly #uncommitted = new Set<Promise<boolean>>();
  #latest: Promise<boolean> | undefined;
  #latestOutcome: Promise<boolean> = Promise.resolve(true);
  #closed = false;

  /** Opens or creates the file in `folder`. Errors: `IOT_DATA_CORRUPT`. */
  constructor(folder: string) {
    this.#root = openRoot(folder);
    this.sessions = this.#root.openDB({name: 'sessions'});
    this.subscriptions = this.#root.openDB({name: 'subscriptions'});
    this.queue = this.#root.openDB({name: 'queue'});
    this.queued = this.#root.openDB({name: 'queued'});
    this.incoming = this.#root.openDB({name: 'incoming'});
    this.retained = this.#root.openDB({name: 'retained'});
    this.wills = this.#root.openDB({name: 'wills'});
  }

  /** Resolves to whether it has been written; never rejects. Does nothing once closed. */
  put<V, K extends Key>(table: Database<V, K>, key: K, value: V): Promise<boolean> {
    return this.#closed ? Promise.resolve(false) : this.#watch(table.put(key, value));
  }

  /** The same for removing. */
  remove<V, K extends Key>(table: Database<V, K>, key: K): Promise<boolean> {
    return this.#closed ? Promise.resolve(false) : this.#watch(table.remove(key));
  }

  /**
   * Resolves when everything put before is on disk, not only in the system's cache. Rejects when something could not
   * be written, such as for want of space. Writes are kept in their order, and are no transaction.
   */
  async durable(): Promise<void> {
    // Asked for at once: a moment later it would be about other writes.
    const flushed = this.#root.flushed.then(() => true);
    await Promise.all([...this.#uncommitted, flushed]);
  }

  get closed(): boolean {
    return this.#closed;
  }

  assertOpen(): void {
    if (this.#closed) throw new Error('the session store is closed');
  }

  /** Writes what is left, then closes. */
  async close(): Promise<void> {
    this.assertOpen();
    this.#closed = true;
    await this.#root.close();
  }

  /** Every promise that lmdb gives has to be looked at: one that is not would end the process when the disk is full. */
  #watch(written: Promise<boolean>): Promise<boolean> {
    if (written === this.#latest) return this.#latestOutcome;
    this.#latest = written;
    this.#uncommitted.add(written);
    this.#latestOutcome = this.#outcomeOf(written);
    return this.#latestOutcome;
  }

  async #outcomeOf(written: Promise<boolean>): Promise<boolean> {
    try {
      await written;
      return true;
    } catch (error) {
      // The cause is in a second promise.
      (error as {commitError?: Promise<unknown>}).commitError?.catch(() => undefined);
      return false;
    } finally {
      this.#uncommitted.delete(written);
    }
  }
}

function openRoot(folder: string): RootDatabase {
  try {
    // With batches by turn, lmdb makes a promise that nobody can look at: a full disk would end the process.
    return open({path: folder, noSubdir: false, maxDbs: 8, eventTurnBatching: false});
  } catch (error) {
    throw new IotctlError('IOT_DATA_CORRUPT', `cannot open the MQTT sessions in ${folder}`, {cause: error});
  }
}
