/** Links over WebSocket (MQTT 3.1.1 and 5, 6): binary messages of the subprotocol `mqtt`, in which packets may begin and end anywhere. */
import {connect as connectTcp, type Socket} from 'node:net';
import {connect as connectTls} from 'node:tls';
import {WebSocket} from 'ws';
import type {Link, LinkListener} from './link.js';
import type {MqttClientOptions} from './mqtt-client-options.js';
import {tlsReason} from './reason-codes.js';
import {destinationOf} from './tcp-link.js';
import {tlsSettings} from './tls-link.js';

/** A message holds at least a part of a packet; the longest packet is the client's to limit. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

export const openWebSocket = (options: MqttClientOptions, listener: LinkListener): Link =>
  new WebSocketLink(options, listener);

class WebSocketLink implements Link {
  readonly #socket: WebSocket;
  readonly #listener: LinkListener;
  #problem: string | undefined;
  #blocked = false;

  constructor(options: MqttClientOptions, listener: LinkListener) {
    this.#listener = listener;
    this.#socket = new WebSocket(addressOf(options), 'mqtt', {
      createConnection: () => this.#connect(options),
      perMessageDeflate: false,
      maxPayload: MESSAGE_BYTES_MAX,
    });
    this.#socket.on('open', () => listener.linkReady(this));
    this.#socket.on('message', (message: Buffer, isBinary) => this.#received(message, isBinary));
    // 'close' follows, and tells it.
    this.#socket.on('error', error => {
      this.#problem ??= webSocketReason(error);
    });
    this.#socket.on('close', () => listener.linkClosed(this, this.#problem ?? 'closed'));
  }

  get writableLength(): number {
    return this.#socket.bufferedAmount;
  }

  /** `ws` masks a copy, so the bytes may change at once. */
  write(bytes: Buffer): void {
    this.#socket.send(bytes, this.#written);
    this.#blocked ||= this.#socket.bufferedAmount > 0;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.close();
  }

  destroy(): void {
    this.#socket.terminate();
  }

  readonly #written = (): void => {
    if (!this.#blocked || this.#socket.bufferedAmount > 0) return;
    this.#blocked = false;
    this.#listener.linkDrained(this);
  };

  #connect(options: MqttClientOptions): Socket {
    const secure = options.endpoint.tls !== undefined;
    const socket = secure ? connectTls(tlsSettings(options)) : connectTcp(destinationOf(options));
    socket.on('connect', () => this.#listener.linkOpened(this, 'tcp'));
    if (secure) socket.on('secureConnect', () => this.#listener.linkOpened(this, 'tls'));
    return socket;
  }

  /** MQTT 5, 6.0: text is no MQTT. */
  #received(message: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.#listener.linkReceived(this, message, message.length);
    } else {
      this.#problem = 'protocol-error';
      this.destroy();
    }
  }
}

function addressOf({endpoint}: MqttClientOptions): string {
  const {transport, host, port, path} = endpoint.target;
  return `${transport}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
}

/** The codes of `ws` for frames that are wrong, and its messages for an answer that is no upgrade to MQTT. */
function webSocketReason(error: NodeJS.ErrnoException): string {
  if (error.code?.startsWith('WS_ERR_')) return 'protocol-error';
  const status = /^Unexpected server response: (\d+)/.exec(error.message)?.[1];
  if (status !== undefined) return `websocket:http-${status}`;
  if (error.message.includes('subprotocol')) return 'websocket:no-mqtt';
  if (error.code?.startsWith('HPE_') || error.message.startsWith('Invalid ')) return 'websocket:no-upgrade';
  return tlsReason(error);
}
