/** Valid packets of a client, as mqtt-packet writes them. */
import fc from 'fast-check';
import {generate, type Packet} from 'mqtt-packet';

export interface Generated {
  readonly packet: Packet;
  readonly bytes: Buffer;
}

/** Text that MQTT allows: any code point but U+0000. */
const text = fc
  .string({unit: 'binary', maxLength: 20})
  .map(value => value.replaceAll('\0', ''))
  .filter(value => Buffer.byteLength(value) <= 100);

/** Text that names something: no control characters, which the guard refuses. */
const name = text.map(value => value.replaceAll(/\p{Cc}/gu, ''));
const word = name.map(value => value.replaceAll(/[+#/]/g, ''));
const topic = fc
  .array(word, {minLength: 1, maxLength: 8})
  .map(words => words.join('/'))
  .filter(value => value !== '' && !(value in {}) && Buffer.byteLength(value) <= 512);
const filter = fc
  .tuple(
    fc.array(fc.oneof(word, fc.constant('+')), {maxLength: 7}),
    fc.oneof(word, fc.constantFrom('#', '+')),
  )
  .map(([words, last]) => [...words, last].join('/'))
  .filter(value => value !== '' && !(value in {}) && Buffer.byteLength(value) <= 512);

const bytes = (maxLength: number) => fc.uint8Array({maxLength}).map(value => Buffer.from(value));
const uint16 = fc.integer({min: 0, max: 0xffff});
const uint32 = fc.integer({min: 0, max: 0xffff_ffff});
const positive16 = fc.integer({min: 1, max: 0xffff});
const messageId = positive16;
const qos = fc.constantFrom(0 as const, 1 as const, 2 as const);
const userProperties = fc.dictionary(text, text, {minKeys: 1, maxKeys: 3, noNullPrototype: true});

/** Any of these properties, or none. */
const some = <T extends Record<string, fc.Arbitrary<unknown>>>(shape: T) =>
  fc.record({...shape, userProperties}, {requiredKeys: []});

const message = {
  payloadFormatIndicator: fc.boolean(),
  messageExpiryInterval: uint32,
  contentType: text,
  responseTopic: topic,
  correlationData: bytes(30),
};

const connectProperties = some({
  sessionExpiryInterval: uint32,
  receiveMaximum: positive16,
  maximumPacketSize: fc.integer({min: 1, max: 0xffff_ffff}),
  topicAliasMaximum: uint16,
  requestResponseInformation: fc.boolean(),
  requestProblemInformation: fc.boolean(),
});

export type Level = 3 | 4 | 5;

const when = <T>(condition: boolean, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  condition ? arbitrary : fc.constant(undefined);

function connect(level: Level): fc.Arbitrary<object> {
  const will = fc.record({
    topic,
    payload: bytes(100),
    qos,
    retain: fc.boolean(),
    properties: when(level === 5, some({...message, willDelayInterval: uint32})),
  });
  return fc
    .record({
      clientId: name.filter(id => id !== '' && !(id in {})),
      clean: fc.boolean(),
      keepalive: uint16,
      username: fc.option(
        name.filter(value => value !== ''),
        {nil: undefined},
      ),
      password: bytes(40).filter(value => value.length > 0),
      withPassword: fc.boolean(),
      will: fc.option(will, {nil: undefined}),
      properties: when(level === 5, connectProperties),
    })
    .map(({username, password, withPassword, will: wanted, ...rest}) => ({
      cmd: 'connect',
      protocolId: level === 3 ? 'MQIsdp' : 'MQTT',
      protocolVersion: level,
      ...rest,
      ...(username !== undefined && {username}),
      ...(username !== undefined && withPassword && {password}),
      ...(wanted && {will: wanted}),
    }));
}

function publish(level: Level): fc.Arbitrary<object> {
  return fc
    .record({
      topic,
      payload: bytes(300),
      qos,
      dup: fc.boolean(),
      retain: fc.boolean(),
      messageId,
      properties: when(level === 5, some({...message, topicAlias: fc.integer({min: 1, max: 10})})),
    })
    .map(packet => ({cmd: 'publish', ...packet, dup: packet.dup && packet.qos > 0}));
}

function subscribe(level: Level): fc.Arbitrary<object> {
  const options = {nl: fc.boolean(), rap: fc.boolean(), rh: fc.constantFrom(0, 1, 2)};
  const subscription = fc.record({topic: filter, qos, ...(level === 5 && options)});
  return fc.record({
    cmd: fc.constant('subscribe'),
    messageId,
    subscriptions: fc.array(subscription, {minLength: 1, maxLength: 5}),
    properties: when(level === 5, some({subscriptionIdentifier: fc.integer({min: 1, max: 268_435_455})})),
  });
}

function acknowledgement(level: Level, cmd: string, codes: readonly number[]): fc.Arbitrary<object> {
  return fc.record({
    cmd: fc.constant(cmd),
    messageId,
    reasonCode: when(level === 5, fc.constantFrom(...codes)),
    properties: when(level === 5, some({reasonString: text})),
  });
}

const RECEIVED = [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

function others(level: Level): fc.Arbitrary<object>[] {
  return [
    subscribe(level),
    fc.record({
      cmd: fc.constant('unsubscribe'),
      messageId,
      unsubscriptions: fc.array(filter, {minLength: 1, maxLength: 5}),
      properties: when(level === 5, some({})),
    }),
    acknowledgement(level, 'puback', RECEIVED),
    acknowledgement(level, 'pubrec', RECEIVED),
    acknowledgement(level, 'pubrel', [0, 0x92]),
    acknowledgement(level, 'pubcomp', [0, 0x92]),
    fc.constant({cmd: 'pingreq'}),
    fc.record({
      cmd: fc.constant('disconnect'),
      reasonCode: when(level === 5, fc.constantFrom(0, 4, 0x80, 0x81, 0x95)),
      properties: when(level === 5, some({reasonString: text, sessionExpiryInterval: fc.constant(0)})),
    }),
  ];
}

const written =
  (level: Level) =>
  (packet: object): Generated => ({
    packet: packet as Packet,
    bytes: generate(packet as Packet, {protocolVersion: level}),
  });

export const connectPacket = (level: Level): fc.Arbitrary<Generated> => connect(level).map(written(level));

/** Any packet that may follow CONNECT. */
export const laterPacket = (level: Level): fc.Arbitrary<Generated> =>
  fc.oneof(publish(level), ...others(level)).map(written(level));
