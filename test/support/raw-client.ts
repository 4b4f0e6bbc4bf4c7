/** An MQTT client that sends exactly the bytes or packets that a test wants, and tells what came back. */
import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {generate, type IConnectPacket, type Packet, parser} from 'mqtt-packet';
import {DEADLINE_MS, within} from './deadline.js';

type Fields = Record<string, unknown>;

export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  readonly received: Packet[] = [];
  closed = false;
  readonly #version: 3 | 4 | 5;
  #wake: () => void = () => {};

  private constructor(socket: Socket, version: 3 | 4 | 5) {
    this.socket = socket;
    this.#version = version;
    const read = parser({protocolVersion: version});
    read.on('packet', packet => {
      this.received.push(packet);
      this.#wake();
    });
    socket.on('data', bytes => read.parse(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  /** Opens a socket and sends nothing. */
  static async open(port: number, version: 3 | 4 | 5 = 4, localAddress = '127.0.0.1'): Promise<RawClient> {
    const socket = connect({port, host: '127.0.0.1', noDelay: true, localAddress});
    await once(socket, 'connect');
    return new RawClient(socket, version);
  }

  /** Opens a socket, sends CONNECT and waits for CONNACK; `fields` are of the packet. */
  static async connect(
    port: number,
    fields: Fields,
    version: 3 | 4 | 5 = 4,
    localAddress?: string,
  ): Promise<RawClient> {
    const client = await RawClient.open(port, version, localAddress);
    client.send({
      cmd: 'connect',
      protocolId: version === 3 ? 'MQIsdp' : 'MQTT',
      protocolVersion: version,
      clean: true,
      clientId: '',
      keepalive: 30,
      ...fields,
    });
    await client.next('connack');
    return client;
  }

  send(packet: Fields): void {
    const payload = packet.cmd === 'publish' ? {qos: 0, dup: false, retain: false, payload: ''} : {};
    this.socket.write(
      generate({...payload, ...packet} as unknown as IConnectPacket, {protocolVersion: this.#version}),
    );
  }

  sendBytes(hex: string): void {
    this.socket.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  }

  /** The next packet, which has to be of that kind; fails when the connection ends first. */
  async next<Kind extends Packet['cmd']>(cmd: Kind): Promise<Extract<Packet, {cmd: Kind}>> {
    const packet = await this.any();
    if (packet?.cmd !== cmd) throw new Error(`expected ${cmd}, got ${JSON.stringify(packet) ?? 'the end'}`);
    return packet as Extract<Packet, {cmd: Kind}>;
  }

  /** The next packet, or undefined when the connection ended. */
  async any(): Promise<Packet | undefined> {
    await within(
      this.#waitFor(() => this.received.length > 0 || this.closed),
      'a packet',
      DEADLINE_MS,
    );
    return this.received.shift();
  }

  async end(): Promise<void> {
    await within(
      this.#waitFor(() => this.closed),
      'the end of the connection',
      DEADLINE_MS,
    );
  }

  async subscribe(...topics: string[]): Promise<number[]> {
    this.send({cmd: 'subscribe', messageId: 1, subscriptions: topics.map(topic => ({topic, qos: 1}))});
    return (await this.next('suback')).granted as number[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    if (!this.closed) await once(this.socket, 'close');
  }

  async #waitFor(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }
}
