/** The guard ahead of a real broker: what it lets through ends nothing. Vitest fails on what nobody catches. */
import {Duplex} from 'node:stream';
import {Aedes} from 'aedes';
import fc from 'fast-check';
import {expect, it} from 'vitest';
import {DEFAULT_LIMITS, PacketChecker} from '../../../src/broker/guard/check-packet.js';
import {openStore} from '../sessions/open-store.js';
import {connectPacket, type Generated, type Level, laterPacket} from './arbitrary-packets.js';
import {mutate, randomSource} from './mutate.js';
import {bodyStartOf, CONNECT, field, frame, hex, packet} from './packets.js';

const LIMITS = {...DEFAULT_LIMITS, topicAliasMaximum: 10};

async function startBroker() {
  const opened = await openStore();
  const broker = await Aedes.createBroker({
    persistence: opened.store,
    topicAliasMaximum: LIMITS.topicAliasMaximum,
    maxClientsIdLength: LIMITS.clientIdBytesMax,
  });

  return {
    /** A connection through the guard, with all that the broker has answered. */
    connect() {
      const checker = new PacketChecker(LIMITS);
      const answers: Buffer[] = [];
      const link = new Duplex({
        read: () => undefined,
        write: (piece: Buffer, _encoding, written) => {
          answers.push(piece);
          written();
        },
      });
      link.on('error', () => undefined);
      broker.handle(link);
      return {
        link,
        answers,
        /** False when the guard ends the connection. */
        send: (bytes: Buffer): boolean =>
          frame(bytes).packets.every(whole => {
            const {ok} = checker.check(whole, 0, bodyStartOf(whole), whole.length);
            if (ok) link.push(whole);
            return ok;
          }),
      };
    },

    async [Symbol.asyncDispose]() {
      await new Promise<void>(resolve => broker.close(() => resolve()));
      await opened[Symbol.asyncDispose]();
    },
  };
}

type Broker = Awaited<ReturnType<typeof startBroker>>;

const turn = () => new Promise<void>(resolve => setImmediate(resolve));

async function expectAnswer(broker: Broker): Promise<void> {
  const {answers, send} = broker.connect();
  send(CONNECT[4]);
  await expect.poll(() => Buffer.concat(answers).toString('hex'), {timeout: 10_000}).toBe('20020000');
}

it.each([
  ['a session expiry without a value', [hex('100f00044d5154540502000a0111000170')]],
  ['a response topic without a value', [CONNECT[5], hex('32120005746f70696304d201087061796c6f6164')]],
  ['the client id __proto__', [packet(0x10, field('MQTT'), '0402003c', field('__proto__'))]],
  ['the filter constructor', [CONNECT[4], packet(0x82, '0001', field('constructor'), '01')]],
])('%s does not reach the broker', async (_name, packets) => {
  await using broker = await startBroker();
  const {send} = broker.connect();
  expect(packets.map(send).at(-1)).toBe(false);
  await expectAnswer(broker);
});

it('lives through sessions of mutated packets', async () => {
  await using broker = await startBroker();
  const random = randomSource(0xaede5);
  const samples = (arbitrary: fc.Arbitrary<Generated>) => fc.sample(arbitrary, {seed: 7, numRuns: 300});
  const pools = ([3, 4, 5] as Level[]).map(level => ({
    first: samples(connectPacket(level)),
    later: samples(laterPacket(level)),
  }));
  for (let session = 0; session < 1500; session++) {
    const {first, later} = pools[session % pools.length]!;
    const {link, send} = broker.connect();
    for (let count = 0; count < 12; count++) {
      const pool = count === 0 ? first : later;
      const {bytes} = pool[random(pool.length)]!;
      if (!send(random(4) === 0 ? mutate(bytes, random) : bytes)) break;
      if (random(2) === 0) await turn();
    }
    await turn();
    link.destroy();
  }
  await expectAnswer(broker);
});
