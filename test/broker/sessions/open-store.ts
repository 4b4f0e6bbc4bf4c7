import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import type {BrokerPacket} from '../../../src/broker/sessions/records.js';
import type {SessionPersistenceOptions} from '../../../src/broker/sessions/session-options.js';
import {
  openSessionPersistence,
  type SessionPersistence,
} from '../../../src/broker/sessions/session-persistence.js';

/** A store in a folder of its own, which `reopen` closes and opens again. */
export async function openStore(options: SessionPersistenceOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'iotctl-sessions-'));
  let store: SessionPersistence = openSessionPersistence(folder, options);
  await store.setup({id: 'broker-1'});

  async function open(brokerId = 'broker-2'): Promise<SessionPersistence> {
    store = openSessionPersistence(folder, options);
    await store.setup({id: brokerId});
    return store;
  }

  return {
    folder,

    get store(): SessionPersistence {
      return store;
    },

    /** Opens the folder again after the store was closed. */
    open,

    async reopen(): Promise<SessionPersistence> {
      await store.destroy();
      return open();
    },

    async [Symbol.asyncDispose]() {
      await store.destroy();
      await rm(folder, {recursive: true, force: true});
    },
  };
}

/** A message as aedes queues it. */
export const message = (brokerCounter: number, options: Partial<BrokerPacket> = {}): BrokerPacket => ({
  cmd: 'publish',
  brokerId: 'broker-1',
  brokerCounter,
  topic: 't/acme/x/news',
  payload: Buffer.from(`message ${brokerCounter}`),
  qos: 1,
  retain: false,
  dup: false,
  ...options,
});

export async function all<T>(stream: Readable): Promise<T[]> {
  return (await stream.toArray()) as T[];
}

export const payloadsOf = async (stream: Readable): Promise<string[]> =>
  (await all<BrokerPacket>(stream)).map(packet => String(packet.payload));
