/**
 * One device's MQTT 3.1.1 connection on a bare socket. PUBLISH and PUBACK, which are nearly everything, are written and
 * read by hand; the rest goes through mqtt-packet.
 */
import {connect, type Socket} from 'node:net';
import {generate, type IPublishPacket, type Packet, parser} from 'mqtt-packet';

export interface DeviceLogin {
  readonly clientId: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export interface ConnectionEvents {
  connected(): void;
  /** CONNACK refused it, with this return code. */
  refused(returnCode: number): void;
  /** PUBACKs of these packet ids. */
  acknowledged(packetId: number): void;
  command(packet: IPublishPacket): void;
  /** The connection ended; not called after `end`. */
  lost(): void;
}

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly login: DeviceLogin;
  readonly topic: string;
  /** Where the device listens for commands, if it does. */
  readonly commandFilter: string | undefined;
  readonly willTopic: string | undefined;
}

const PUBLISH_QOS1 = 0x32;
const DUP = 0x08;
const PUBACK = 0x40;
const PUBACK_BYTES = 4;
const KEEP_ALIVE_SEC = 60;

export class DeviceConnection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #topic: Buffer;
  #socket: Socket | undefined;
  #parser = parser({protocolVersion: 4});
  #part: Buffer = Buffer.alloc(0);
  #connected = false;
  #ended = false;
  #batch: Buffer[] = [];
  #lastWriteMs = 0;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    const topic = Buffer.from(options.topic);
    this.#topic = Buffer.concat([Buffer.from([topic.length >> 8, topic.length & 0xff]), topic]);
  }

  get connected(): boolean {
    return this.#connected;
  }

  open(): void {
    const {host, port} = this.#options;
    const socket = connect({host, port, noDelay: true});
    this.#socket = socket;
    this.#part = Buffer.alloc(0);
    this.#parser = parser({protocolVersion: 4});
    this.#parser.on('packet', packet => this.#take(packet));
    this.#parser.on('error', () => socket.destroy());
    socket.on('data', chunk => this.#receive(chunk));
    // 'close' follows, and says that it is lost.
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
    socket.write(this.#connectPacket());
  }

  /** Adds a PUBLISH of QoS 1 to what the next `flush` writes. */
  publish(packetId: number, payload: Buffer, repeated = false): void {
    const topic = this.#topic;
    const remaining = topic.length + 2 + payload.length;
    const lengthBytes = remaining < 128 ? 1 : remaining < 16_384 ? 2 : 3;
    const packet = Buffer.allocUnsafe(1 + lengthBytes + remaining);
    packet[0] = repeated ? PUBLISH_QOS1 | DUP : PUBLISH_QOS1;
    let at = writeLength(packet, remaining);
    at += topic.copy(packet, at);
    packet[at++] = packetId >> 8;
    packet[at++] = packetId & 0xff;
    payload.copy(packet, at);
    this.#batch.push(packet);
  }

  /** All that was published since the last time, in one write. */
  flush(): void {
    if (this.#batch.length === 0) return;
    const bytes = this.#batch.length === 1 ? this.#batch[0]! : Buffer.concat(this.#batch);
    this.#batch = [];
    this.#lastWriteMs = performance.now();
    this.#socket?.write(bytes);
  }

  /** Says that it is still there, when it has not said anything for a while (MQTT 3.1.1, 3.1.2.10). */
  keepAlive(nowMs: number): void {
    if (!this.#connected || nowMs - this.#lastWriteMs < (KEEP_ALIVE_SEC * 1000) / 2) return;
    this.#lastWriteMs = nowMs;
    this.#socket?.write(generate({cmd: 'pingreq'}));
  }

  send(topic: string, payload: string): void {
    this.#socket?.write(generate({cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false}));
  }

  /** Ends the session in order; nothing is called back after it. */
  end(): void {
    this.#ended = true;
    this.#connected = false;
    this.#socket?.end(generate({cmd: 'disconnect'} as Packet));
  }

  destroy(): void {
    this.#ended = true;
    this.#socket?.destroy();
  }

  #connectPacket(): Buffer {
    const {login, willTopic} = this.#options;
    return generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: login.clientId,
      keepalive: KEEP_ALIVE_SEC,
      ...(login.username === undefined ? {} : {username: login.username}),
      ...(login.password === undefined ? {} : {password: Buffer.from(login.password)}),
      ...(willTopic === undefined
        ? {}
        : {
            will: {
              topic: willTopic,
              payload: Buffer.from('{"online":false}'),
              qos: 1 as const,
              retain: false,
            },
          }),
    });
  }

  /** PUBACKs come many at a time and are all alike; anything else is left to the parser. */
  #receive(chunk: Buffer): void {
    const bytes = this.#part.length === 0 ? chunk : Buffer.concat([this.#part, chunk]);
    let at = 0;
    while (at + PUBACK_BYTES <= bytes.length && bytes[at] === PUBACK && bytes[at + 1] === 2) {
      this.#events.acknowledged((bytes[at + 2]! << 8) | bytes[at + 3]!);
      at += PUBACK_BYTES;
    }
    const end = at < bytes.length ? packetEnd(bytes, at) : at;
    if (end === undefined) {
      this.#part = bytes.subarray(at);
      return;
    }
    this.#part = Buffer.alloc(0);
    if (end === at) return;
    this.#parser.parse(bytes.subarray(at, end));
    if (end < bytes.length) this.#receive(bytes.subarray(end));
  }

  #take(packet: Packet): void {
    if (packet.cmd === 'connack') this.#onConnack(packet.returnCode ?? 0);
    else if (packet.cmd === 'publish') {
      if (packet.qos === 1) this.#socket?.write(generate({cmd: 'puback', messageId: packet.messageId ?? 0}));
      this.#events.command(packet);
    }
  }

  #onConnack(returnCode: number): void {
    if (returnCode !== 0) {
      this.#ended = true;
      this.#socket?.destroy();
      this.#events.refused(returnCode);
      return;
    }
    const {commandFilter} = this.#options;
    if (commandFilter !== undefined) {
      const subscriptions = [{topic: commandFilter, qos: 1 as const}];
      this.#socket?.write(generate({cmd: 'subscribe', messageId: 65_535, subscriptions}));
    }
    this.#connected = true;
    this.#lastWriteMs = performance.now();
    this.#events.connected();
  }

  #closed(): void {
    this.#connected = false;
    this.#batch = [];
    if (!this.#ended) this.#events.lost();
  }
}

/** MQTT 3.1.1, 2.2.3; gives back where the body begins. */
function writeLength(packet: Buffer, length: number): number {
  let rest = length;
  let at = 1;
  while (rest > 0x7f) {
    packet[at++] = (rest & 0x7f) | 0x80;
    rest >>= 7;
  }
  packet[at++] = rest;
  return at;
}

/** Where the packet at `start` ends; undefined when it is not all there. */
function packetEnd(bytes: Buffer, start: number): number | undefined {
  let length = 0;
  for (let at = start + 1, shift = 0; at < bytes.length && shift <= 21; at++, shift += 7) {
    length |= (bytes[at]! & 0x7f) << shift;
    if (bytes[at]! < 0x80) {
      const end = at + 1 + length;
      return end <= bytes.length ? end : undefined;
    }
  }
  return undefined;
}
