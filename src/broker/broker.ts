/** aedes, made of our hooks: the one place that starts it, ends it and hears of what happens in it. */
import {setTimeout as delay} from 'node:timers/promises';
import {Aedes, type Client, type PublishPacket} from 'aedes';
import {AEDES_SETTINGS} from './aedes-settings.js';
import {connectionOf, type Hooks} from './broker-hooks.js';
import type {BrokerClient, Connection} from './connection.js';
import {publishOrphanedWills} from './orphaned-wills.js';
import {guardSessions} from './session-guard.js';
import type {SessionPersistence} from './sessions/session-persistence.js';

/** How long the doors stay shut for wills of before: on a full disk they wait for space. */
const WILLS_MS_MAX = 2000;

export interface BrokerListener {
  /** It is let in, and what its session held is there again. */
  ready(connection: Connection, client: Client): void;
  left(connection: Connection, client: Client): void;
  subscribed(connection: Connection, filters: readonly string[]): void;
  fault(message: string): void;
}

export class Broker {
  readonly #aedes: Aedes;

  private constructor(aedes: Aedes) {
    this.#aedes = aedes;
  }

  static async start(sessions: SessionPersistence, hooks: Hooks, listener: BrokerListener): Promise<Broker> {
    const aedes = await Aedes.createBroker({
      ...hooks,
      persistence: guardSessions(sessions),
      published: (packet, client, done) => {
        if (client) connectionOf(client).outbound.published(packet.messageId);
        done();
      },
      ...AEDES_SETTINGS,
    });
    listen(aedes, listener);
    return new Broker(aedes);
  }

  /** Resolves when wills that a gateway before this one left are published, or have been waited for long enough. */
  async publishWills(sessions: SessionPersistence, hooks: Hooks): Promise<void> {
    const wills = publishOrphanedWills(sessions, will => this.#publishWill(will, hooks));
    await Promise.race([wills, delay(WILLS_MS_MAX, undefined, {ref: false})]);
  }

  handle(connection: Connection): BrokerClient {
    return this.#aedes.handle(connection) as BrokerClient;
  }

  publish(topic: string, payload: Buffer, qos: 0 | 1): void {
    this.#aedes.publish({cmd: 'publish', topic, payload, qos, retain: false, dup: false}, () => {});
  }

  close(): Promise<void> {
    return new Promise(resolve => this.#aedes.close(() => resolve()));
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
}

function listen(aedes: Aedes, listener: BrokerListener): void {
  aedes.on('clientReady', client => listener.ready(connectionOf(client), client));
  aedes.on('clientDisconnect', client => listener.left(connectionOf(client), client));
  aedes.on('keepaliveTimeout', client => {
    connectionOf(client).closeReason = 'keep-alive';
  });
  aedes.on('clientError', () => {});
  aedes.on('connectionError', () => {});
  aedes.on('subscribe', (subscriptions, client) => {
    const filters = subscriptions.map(({topic}) => topic);
    listener.subscribed(connectionOf(client), filters);
  });
  (aedes as NodeJS.EventEmitter).on('error', (error: Error) => listener.fault(error.message));
}
