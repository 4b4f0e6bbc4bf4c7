/**
 * Mutated MQTT packets, the same for the same seed: valid packets of every type and version, damaged in the ways in
 * which packets of attackers and of broken networks are.
 */
import {generate} from 'mqtt-packet';

/** mulberry32: 32 bits of state are enough to damage packets. */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    below: limit => next() % limit,
    chance: share => next() / 2 ** 32 < share,
    pick: list => list[next() % list.length],
  };
}

const TOPICS = [
  'me/telemetry',
  'me/telemetry/motor',
  'me/event/critical/x',
  'me/cmd/1/result',
  'me/status',
  't/default/x/a',
  't/default/x/#',
  't/default/d/+/telemetry',
  't/other/x/a',
  '$SYS/#',
  '$share/g/t/default/x/#',
  '__proto__',
  'a/+b',
  '#',
  '',
];

const PROPERTIES = {
  connect: {
    sessionExpiryInterval: 60,
    receiveMaximum: 10,
    maximumPacketSize: 1000,
    topicAliasMaximum: 5,
    userProperties: {a: 'b'},
  },
  publish: {
    payloadFormatIndicator: true,
    messageExpiryInterval: 5,
    topicAlias: 3,
    responseTopic: 't/default/x/r',
    correlationData: Buffer.from('c'),
    contentType: 'text/plain',
    userProperties: {a: ['b', 'c']},
  },
  subscribe: {subscriptionIdentifier: 7, userProperties: {a: 'b'}},
};

/** One valid packet's bytes; `version` is 4 or 5. */
function validPacket(dice, version) {
  const messageId = 1 + dice.below(dice.chance(0.9) ? 20 : 65_535);
  const topic = dice.pick(TOPICS) || 'x';
  const v5 = version === 5;
  const some = properties => (v5 && dice.chance(0.5) ? {properties} : {});
  const code = v5 ? {reasonCode: dice.pick([0, 0x80, 0x87])} : {};
  const plain = topic.replace(/[+#]/g, 'y');
  const packets = [
    () => connectPacket(dice, version, undefined),
    () => ({cmd: 'publish', topic: plain, payload: '{"a":1}', qos: 0, ...some(PROPERTIES.publish)}),
    () => ({
      cmd: 'publish',
      topic: plain,
      payload: Buffer.alloc(dice.below(3000), 0x61),
      qos: 1,
      messageId,
      dup: dice.chance(0.2),
      retain: dice.chance(0.3),
      ...some(PROPERTIES.publish),
    }),
    () => ({cmd: 'publish', topic: plain, payload: '', qos: 2, messageId, ...some(PROPERTIES.publish)}),
    () => ({
      cmd: 'subscribe',
      messageId,
      subscriptions: [{topic, qos: dice.below(3)}],
      ...some(PROPERTIES.subscribe),
    }),
    () => ({cmd: 'unsubscribe', messageId, unsubscriptions: [topic]}),
    () => ({cmd: dice.pick(['puback', 'pubrec', 'pubrel', 'pubcomp']), messageId, ...code}),
    () => ({cmd: 'pingreq'}),
    () => ({cmd: 'disconnect', ...(v5 ? {reasonCode: dice.pick([0, 4])} : {})}),
    () => (v5 ? {cmd: 'auth', reasonCode: 0x18} : {cmd: 'pingreq'}),
    () => ({cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: false}),
    () => ({cmd: 'suback', messageId, granted: [0]}),
  ];
  return generate(dice.pick(packets)(), {protocolVersion: version});
}

function connectPacket(dice, version, login) {
  const will = dice.chance(0.3)
    ? {
        will: {
          topic: dice.pick(TOPICS) || 'w',
          payload: Buffer.from('gone'),
          qos: dice.below(3),
          retain: dice.chance(0.5),
        },
      }
    : {};
  return {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: version,
    clean: dice.chance(0.5),
    clientId: `fuzz-${dice.below(50)}`,
    keepalive: dice.pick([0, 1, 30, 65_535]),
    ...(login ? {username: login.username, password: Buffer.from(login.password)} : will),
    ...(version === 5 && dice.chance(0.5) ? {properties: PROPERTIES.connect} : {}),
  };
}

const DAMAGES = [
  (bytes, dice) => flip(bytes, dice),
  (bytes, dice) =>
    Buffer.concat([
      bytes.subarray(0, at(bytes, dice)),
      Buffer.from([dice.below(256)]),
      bytes.subarray(at(bytes, dice)),
    ]),
  (bytes, dice) => Buffer.concat([bytes.subarray(0, at(bytes, dice)), bytes.subarray(at(bytes, dice) + 1)]),
  (bytes, dice) => bytes.subarray(0, at(bytes, dice)),
  bytes => Buffer.concat([bytes, bytes]),
  // The remaining length, of up to five bytes.
  (bytes, dice) =>
    Buffer.concat([
      bytes.subarray(0, 1),
      dice.pick(
        [[0], [0x7f], [0xff, 0xff, 0xff, 0x7f], [0xff, 0xff, 0xff, 0xff, 1], [0x80, 0x80, 0]].map(list =>
          Buffer.from(list),
        ),
      ),
      bytes.subarray(2),
    ]),
  // A length inside, of two bytes.
  (bytes, dice) => write16(bytes, dice, dice.pick([0, 1, 0xff, 0x7fff, 0xffff])),
  // Not UTF-8, surrogates, NUL.
  (bytes, dice) =>
    splice(bytes, dice, dice.pick([[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff], [0], [0xf4, 0x90, 0x80, 0x80]])),
  (bytes, dice) =>
    splice(
      bytes,
      dice,
      Array.from({length: dice.below(2000)}, () => 0x61),
    ),
  // The type and its flags.
  (bytes, dice) => Buffer.concat([Buffer.from([dice.below(256)]), bytes.subarray(1)]),
  (_bytes, dice) => Buffer.from(Array.from({length: 1 + dice.below(64)}, () => dice.below(256))),
];

const at = (bytes, dice) => (bytes.length === 0 ? 0 : dice.below(bytes.length));

function flip(bytes, dice) {
  const damaged = Buffer.from(bytes);
  if (damaged.length > 0) damaged[at(bytes, dice)] ^= 1 << dice.below(8);
  return damaged;
}

function write16(bytes, dice, value) {
  const damaged = Buffer.from(bytes);
  if (damaged.length > 3) damaged.writeUInt16BE(value, 1 + dice.below(damaged.length - 2));
  return damaged;
}

function splice(bytes, dice, inserted) {
  const place = at(bytes, dice);
  return Buffer.concat([bytes.subarray(0, place), Buffer.from(inserted), bytes.subarray(place)]);
}

function damage(bytes, dice) {
  let damaged = bytes;
  for (let times = 1 + dice.below(3); times > 0; times--) damaged = dice.pick(DAMAGES)(damaged, dice);
  return damaged;
}

/** Bytes as a network may deliver them: glued together, and cut anywhere. */
function chunksOf(packets, dice) {
  const whole = Buffer.concat(packets);
  if (dice.chance(0.5)) return packets;
  const chunks = [];
  for (let from = 0; from < whole.length; ) {
    const length = 1 + dice.below(dice.chance(0.2) ? 3 : 4000);
    chunks.push(whole.subarray(from, from + length));
    from += length;
  }
  return chunks;
}

const PACKETS_MAX = 24;

/**
 * What one connection does: `webSocket`, `chunks` to write one after the other, and how many packets they hold. Half of
 * them log in first, as one of `logins`.
 */
export function fuzzSession(dice, logins) {
  const version = dice.pick([4, 4, 5, 5, 3]);
  const packets = [];
  if (dice.chance(0.6)) {
    const login = dice.pick(logins);
    packets.push(
      generate(
        {
          ...connectPacket(dice, version === 3 ? 4 : version, login),
          ...(version === 3 ? {protocolId: 'MQIsdp', protocolVersion: 3} : {}),
        },
        {protocolVersion: version},
      ),
    );
  }
  const count = 1 + dice.below(PACKETS_MAX);
  for (let index = 0; index < count; index++) {
    const packet = validPacket(dice, version === 3 ? 4 : version);
    packets.push(dice.chance(0.7) ? damage(packet, dice) : packet);
  }
  return {webSocket: dice.chance(0.3), chunks: chunksOf(packets, dice), packets: packets.length};
}

/** A frame of a WebSocket's client (RFC 6455, 5.2), now and then a damaged one. */
export function webSocketFrame(payload, dice) {
  const mask = Buffer.from([1, 2, 3, 4]);
  const head =
    payload.length < 126
      ? Buffer.from([0x82, 0x80 | payload.length])
      : Buffer.from([0x82, 0xfe, payload.length >> 8, payload.length & 0xff]);
  const masked = Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]));
  const frame = Buffer.concat([head, mask, masked]);
  if (dice.chance(0.85)) return frame;
  return dice.pick([
    () => Buffer.concat([Buffer.from([0x81]), frame.subarray(1)]),
    () => Buffer.concat([Buffer.from([0x02]), frame.subarray(1)]),
    () => Buffer.concat([Buffer.from([0xf2]), frame.subarray(1)]),
    () =>
      Buffer.concat([frame.subarray(0, 1), Buffer.from([0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff]), payload]),
    () => Buffer.from([0x88, 0x80, 1, 2, 3, 4]),
    () => flip(frame, dice),
  ])();
}
