/** The guard against mqtt-packet, which is what the broker reads with: same packets, same meaning. */
import fc from 'fast-check';
import {type Packet, parser} from 'mqtt-packet';
import {describe, expect, it} from 'vitest';
import {DEFAULT_LIMITS, PacketChecker, type Verdict} from '../../../src/broker/guard/check-packet.js';
import {PublishReader} from '../../../src/broker/guard/publish.js';
import {connectPacket, type Generated, type Level, laterPacket} from './arbitrary-packets.js';
import {mutate, randomSource} from './mutate.js';
import {bodyStartOf, CONNECT, frame, GuardedConnection} from './packets.js';

const LIMITS = {...DEFAULT_LIMITS, topicAliasMaximum: 10};
const LEVELS: readonly Level[] = [3, 4, 5];

/** What mqtt-packet makes of one whole packet; undefined when it refuses it. */
function parse(bytes: Buffer, protocolVersion: number): Packet | undefined {
  const reader = parser({protocolVersion});
  let packet: Packet | undefined;
  let failed = false;
  reader.on('packet', (found: Packet) => {
    packet = found;
  });
  reader.on('error', () => {
    failed = true;
  });
  const left = reader.parse(bytes);
  return failed || left !== 0 ? undefined : packet;
}

/** The same facts of a packet, as the guard and as mqtt-packet see them. */
function factsOf(verdict: Verdict): object | undefined {
  if (!verdict.ok) return undefined;
  if (verdict instanceof PublishReader) {
    const {topic, qos, dup, retain, packetId, payloadStart, payloadEnd} = verdict;
    return {cmd: 'publish', topic, qos, dup, retain, packetId, payloadBytes: payloadEnd - payloadStart};
  }
  if (verdict.type === 'connect') {
    const {clientId, username, clean, keepAliveSec, will, password} = verdict.connect;
    return {cmd: 'connect', clientId, username, clean, keepAliveSec, will: will?.topic, password};
  }
  if (verdict.type === 'subscribe')
    return {cmd: 'subscribe', packetId: verdict.packetId, subscriptions: verdict.subscriptions};
  if (verdict.type === 'unsubscribe')
    return {cmd: 'unsubscribe', packetId: verdict.packetId, filters: verdict.filters};
  return {cmd: verdict.type, packetId: 'packetId' in verdict ? verdict.packetId : undefined};
}

function factsOfParsed(packet: Packet): object {
  switch (packet.cmd) {
    case 'publish': {
      const {cmd, topic, qos, dup, retain, messageId, payload} = packet;
      return {cmd, topic, qos, dup, retain, packetId: messageId ?? 0, payloadBytes: payload.length};
    }
    case 'connect': {
      const {cmd, clientId, username, clean, keepalive, will, password} = packet;
      return {cmd, clientId, username, clean, keepAliveSec: keepalive, will: will?.topic, password};
    }
    case 'subscribe': {
      const subscriptions = packet.subscriptions.map(({topic, qos}) => ({filter: topic, qos}));
      return {cmd: packet.cmd, packetId: packet.messageId, subscriptions};
    }
    case 'unsubscribe':
      return {cmd: packet.cmd, packetId: packet.messageId, filters: packet.unsubscriptions};
    default:
      return {cmd: packet.cmd, packetId: packet.messageId};
  }
}

describe.each(LEVELS)('at level %i', level => {
  it('accepts each valid CONNECT, and reads the same in it', () => {
    fc.assert(
      fc.property(connectPacket(level), ({bytes}) => {
        const connection = new GuardedConnection(LIMITS);
        expect(connection.feed(bytes)).toBeUndefined();
        expect(factsOf(connection.verdicts[0]!)).toEqual(factsOfParsed(parse(bytes, level)!));
      }),
    );
  });

  it('accepts each valid packet, and reads the same in it', () => {
    fc.assert(
      fc.property(laterPacket(level), ({bytes}) => {
        const connection = new GuardedConnection(LIMITS);
        connection.feed(CONNECT[level]);
        expect(connection.feed(bytes)).toBeUndefined();
        expect(factsOf(connection.verdicts[1]!)).toEqual(factsOfParsed(parse(bytes, level)!));
      }),
      {numRuns: 500},
    );
  });

  it('finds the same packets in a stream, however it is cut', () => {
    const stream = fc.tuple(connectPacket(level), fc.array(laterPacket(level), {maxLength: 10}));
    fc.assert(
      fc.property(stream, fc.array(fc.integer({min: 1, max: 90}), {minLength: 1}), ([first, later], cuts) => {
        const packets = [first, ...later].map(({bytes}) => bytes);
        const bytes = Buffer.concat(packets);
        expect(frame(bytes).packets).toEqual(packets);
        const whole = new GuardedConnection(LIMITS);
        const cut = new GuardedConnection(LIMITS);
        const expected = whole.feed(bytes);
        let found: typeof expected;
        for (let at = 0, turn = 0; at < bytes.length && found === undefined; turn++) {
          const size = cuts[turn % cuts.length]!;
          found = cut.feed(Buffer.from(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(found).toEqual(expected);
        expect(cut.verdicts.map(({ok}) => ok)).toEqual(whole.verdicts.map(({ok}) => ok));
      }),
    );
  });
});

describe('mutated packets', () => {
  it('never make the guard throw, and what it accepts mqtt-packet accepts', () => {
    const random = randomSource(0x1d0c71);
    const samples = (arbitrary: fc.Arbitrary<Generated>) => fc.sample(arbitrary, {seed: 42, numRuns: 200});
    const pools = LEVELS.map(level => ({
      level,
      first: samples(connectPacket(level)),
      later: samples(laterPacket(level)),
    }));
    let accepted = 0;
    for (let count = 0; count < 20_000; count++) {
      const {level, first, later} = pools[count % pools.length]!;
      const isFirst = random(3) === 0;
      const pool = isFirst ? first : later;
      const mutant = mutate(pool[random(pool.length)]!.bytes, random);
      for (const bytes of frame(mutant).packets) {
        const checker = new PacketChecker(LIMITS);
        const connect = CONNECT[level];
        if (!isFirst) checker.check(connect, 0, 2, connect.length);
        const verdict = checker.check(bytes, 0, bodyStartOf(bytes), bytes.length);
        if (!verdict.ok) break;
        accepted++;
        const parsed = parse(bytes, checker.connect!.version);
        expect(parsed, `mqtt-packet refuses ${bytes.toString('hex')}`).toBeDefined();
        expect(factsOf(verdict), bytes.toString('hex')).toEqual(factsOfParsed(parsed!));
      }
    }
    expect(accepted).toBeGreaterThan(1000);
  });

  it('never make the guard throw as streams of random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 400}), bytes => {
        const connection = new GuardedConnection(LIMITS);
        connection.feed(CONNECT[5]);
        connection.feed(Buffer.from(bytes));
      }),
    );
  });
});
