/** The store under a real broker, which is stopped and started again, with a real client. */
import {once} from 'node:events';
import {type AddressInfo, createServer} from 'node:net';
import {Aedes} from 'aedes';
import {connect, connectAsync, type IClientOptions} from 'mqtt';
import {expect, it} from 'vitest';
import type {SessionPersistence} from '../../../src/broker/sessions/session-persistence.js';
import {openStore} from './open-store.js';

async function startBroker(persistence: SessionPersistence) {
  const broker = await Aedes.createBroker({persistence});
  const server = createServer({noDelay: true}, broker.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  return {
    /** Settles once a message on this topic has gone its way: aedes sends PUBACK before. */
    published: (topic: string) =>
      new Promise<void>(resolve => {
        broker.on('publish', packet => {
          if (packet.topic === topic) resolve();
        });
      }),
    connect: (options: IClientOptions) =>
      connectAsync(`mqtt://127.0.0.1:${port}`, {reconnectPeriod: 0, ...options}),
    /** Does not wait for the connection, so that nobody misses what comes with it. */
    start: (options: IClientOptions) => connect(`mqtt://127.0.0.1:${port}`, {reconnectPeriod: 0, ...options}),
    async [Symbol.asyncDispose]() {
      await new Promise<void>(resolve => broker.close(() => resolve()));
      server.close();
      await once(server, 'close');
    },
  };
}

it.each([4, 5] as const)(
  'delivers what was queued before the broker was started again (MQTT %i)',
  async protocolVersion => {
    await using opened = await openStore();
    const reader: IClientOptions = {
      clientId: 'reader',
      clean: false,
      protocolVersion,
      ...(protocolVersion === 5 && {properties: {sessionExpiryInterval: 3600}}),
    };
    {
      await using broker = await startBroker(opened.store);
      const subscriber = await broker.connect(reader);
      await subscriber.subscribeAsync('news/#', {qos: 2});
      await subscriber.endAsync();
      const publisher = await broker.connect({clientId: 'publisher', protocolVersion});
      for (let count = 1; count <= 50; count++)
        await publisher.publishAsync(`news/${count}`, `${count}`, {qos: 1});
      const published = broker.published('news/last');
      await publisher.publishAsync('news/last', 'kept', {qos: 1, retain: true});
      await published;
      await publisher.endAsync();
    }
    const store = await opened.reopen();
    expect(store.queued('reader').messages).toBe(51);
    await using broker = await startBroker(store);

    const received: string[] = [];
    const resumed = broker.start(reader);
    const complete = new Promise<void>(resolve => {
      resumed.on('message', (_topic, payload) => {
        received.push(payload.toString());
        if (received.at(-1) === 'kept') resolve();
      });
    });
    await complete;

    expect(received.slice(-51)).toEqual([...Array.from({length: 50}, (_, index) => `${index + 1}`), 'kept']);
    await resumed.endAsync();
    const late = await broker.connect({clientId: 'late', protocolVersion});
    const retained = new Promise<string>(resolve => {
      late.on('message', resolve);
    });
    await late.subscribeAsync('news/#');
    expect(await retained).toBe('news/last');
    await late.endAsync();
  },
);
