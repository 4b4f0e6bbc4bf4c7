/** Links over TCP. All share one buffer for what comes and the same functions, so that one costs little more than its socket. */
import {type ConnectOpts, Socket, type SocketConstructorOpts} from 'node:net';
import type {LinkListener} from './link.js';
import type {MqttClientOptions} from './mqtt-client-options.js';
import {socketReason} from './reason-codes.js';

/** A socket that knows who listens to it. */
export interface Listened {
  listener: LinkListener;
  /** Why it will close. */
  problem?: string;
}

type TcpLink = Socket & Listened;

/** Reads of all connections go here, one after the other: each is handled before the next begins. */
export const onread = {
  buffer: Buffer.allocUnsafeSlow(64 * 1024),
  callback(this: TcpLink, byteCount: number, bytes: Uint8Array): boolean {
    this.listener.linkReceived(this, bytes as Buffer, byteCount);
    return true;
  },
};

export function openTcp(options: MqttClientOptions, listener: LinkListener): Socket {
  // The constructor takes it too; the types know it of `connect` only.
  const settings: SocketConstructorOpts & ConnectOpts = {onread};
  const socket = new Socket(settings) as TcpLink;
  socket.listener = listener;
  socket.on('connect', onConnect);
  socket.on('error', onError);
  socket.on('drain', onDrain);
  socket.on('close', onClose);
  socket.connect(destinationOf(options));
  return socket;
}

/** What a socket connects to. An address needs no look-up, and no second family to be tried. */
export function destinationOf({endpoint, localAddress}: MqttClientOptions) {
  const {address, family, target} = endpoint;
  const destination = {host: address, port: target.port, family, autoSelectFamily: false};
  return localAddress === undefined ? destination : {...destination, localAddress};
}

function onConnect(this: TcpLink): void {
  this.listener.linkOpened(this, 'tcp');
  this.listener.linkReady(this);
}

/** 'close' follows, and tells it. */
function onError(this: TcpLink, error: Error): void {
  this.problem = socketReason(error);
}

export function onDrain(this: TcpLink): void {
  this.listener.linkDrained(this);
}

export function onClose(this: TcpLink): void {
  this.listener.linkClosed(this, this.problem ?? 'closed');
}
