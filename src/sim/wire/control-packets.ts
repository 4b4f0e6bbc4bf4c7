/** The packets that are rare on a connection: mqtt-packet writes and reads them. */
import {
  generate,
  type IConnectPacket,
  type ISubscription,
  type Packet,
  type Parser,
  parser,
  type UserProperties,
} from 'mqtt-packet';
import {IotctlError} from '../../domain/errors.js';
import {MalformedPacket} from './malformed-packet.js';
import type {MqttClientOptions} from './mqtt-client-options.js';

/** Throws `IOT_USAGE` for what MQTT does not allow. */
export function encodePacket(packet: Packet, protocolVersion: 4 | 5): Buffer {
  try {
    return generate(packet, {protocolVersion});
  } catch (error) {
    const message = `MQTT allows no such ${packet.cmd.toUpperCase()}: ${(error as Error).message}`;
    throw new IotctlError('IOT_USAGE', message, {cause: error});
  }
}

export function encodeConnect(options: MqttClientOptions): Buffer {
  const {protocolVersion, clientId, cleanStart, keepAliveSec, username, password, will} = options;
  const packet: IConnectPacket = {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion,
    clean: cleanStart,
    clientId,
    keepalive: keepAliveSec,
    ...(username === undefined ? {} : {username}),
    ...(password === undefined ? {} : {password: Buffer.from(password)}),
    ...(will === undefined ? {} : {will}),
    ...(protocolVersion === 5 && options.connectProperties ? {properties: options.connectProperties} : {}),
  };
  return encodePacket(packet, protocolVersion);
}

export const encodeSubscribe = (
  version: 4 | 5,
  messageId: number,
  subscriptions: readonly ISubscription[],
  properties?: {readonly subscriptionIdentifier?: number; readonly userProperties?: UserProperties},
): Buffer =>
  encodePacket(
    {
      cmd: 'subscribe',
      messageId,
      subscriptions: [...subscriptions],
      ...(version === 5 && properties ? {properties} : {}),
    },
    version,
  );

export const encodeUnsubscribe = (
  version: 4 | 5,
  messageId: number,
  unsubscriptions: readonly string[],
): Buffer => encodePacket({cmd: 'unsubscribe', messageId, unsubscriptions: [...unsubscriptions]}, version);

export const PINGREQ = Buffer.from([0xc0, 0]);

/** With a reason code, MQTT 5 only: 4 asks for the will to be sent (MQTT 5, 3.14.2.1). */
export const encodeDisconnect = (version: 4 | 5, reasonCode: number): Buffer =>
  Buffer.from(version === 5 && reasonCode !== 0 ? [0xe0, 1, reasonCode] : [0xe0, 0]);

/** When many devices connect at once, nearly all that comes is this packet, which has four bytes (MQTT 3.1.1, 3.2). */
const CONNACK = 0x20;

/** One for all connections: it is only ever given whole packets, so nothing of one is left in it for the next. */
const parsers = new Map<4 | 5, Parser>();

/** Reads one whole packet. Throws `MalformedPacket`. */
export function decodePacket(bytes: Buffer, version: 4 | 5): Packet {
  if (version === 4 && bytes[0] === CONNACK && bytes.length === 4 && bytes[2]! <= 1) {
    return {cmd: 'connack', sessionPresent: bytes[2] === 1, returnCode: bytes[3]!};
  }
  let read = parsers.get(version);
  if (read === undefined) {
    read = parser({protocolVersion: version});
    parsers.set(version, read);
  }
  let packet: Packet | undefined;
  let problem: Error | undefined;
  read.on('packet', found => {
    packet = found;
  });
  read.on('error', error => {
    problem = error;
  });
  try {
    read.parse(bytes);
  } catch (error) {
    problem = error as Error;
  }
  read.removeAllListeners();
  if (packet !== undefined && problem === undefined) return packet;
  // It may hold a part of what was wrong.
  parsers.delete(version);
  throw new MalformedPacket(problem?.message ?? 'a packet that is not whole');
}
