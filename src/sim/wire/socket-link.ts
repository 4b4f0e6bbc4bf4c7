/** Links over TCP and TLS. All share one buffer for what comes and the same functions, so that one costs little more than its socket. */
import {Socket, type SocketConstructorOpts, type TcpNetConnectOpts} from 'node:net';
import {type ConnectionOptions, connect as connectTls, type TLSSocket} from 'node:tls';
import type {LinkListener} from './link.js';
import type {MqttClientOptions} from './mqtt-client-options.js';
import {socketReason, tlsReason} from './reason-codes.js';

interface Listened {
  listener: LinkListener;
  /** Why it will close. */
  problem?: string;
}

type SocketLink = Socket & Listened;
type TlsLink = TLSSocket & Listened;

/** Reads of all connections go here, one after the other: each is handled before the next begins. */
const onread = {
  buffer: Buffer.allocUnsafeSlow(64 * 1024),
  callback(this: SocketLink, byteCount: number, bytes: Uint8Array): boolean {
    this.listener.linkReceived(this, bytes as Buffer, byteCount);
    return true;
  },
};

/** Opens a TCP connection. */
export function openTcp(options: MqttClientOptions, listener: LinkListener): Socket {
  const socket = new Socket({onread} as unknown as SocketConstructorOpts) as SocketLink;
  socket.listener = listener;
  socket.on('connect', onConnect);
  watch(socket, onError);
  socket.connect(addressOf(options));
  return socket;
}

/** Opens a TCP connection and TLS on it; the certificate is verified, and nothing switches that off. */
export function openTls(options: MqttClientOptions, listener: LinkListener): Socket {
  const {secureContext, servername} = options.endpoint;
  const how = {
    ...addressOf(options),
    onread,
    ...(secureContext === undefined ? {} : {secureContext}),
    ...(servername === undefined ? {} : {servername}),
    rejectUnauthorized: true,
  };
  const socket = connectTls(how as ConnectionOptions) as TlsLink;
  socket.listener = listener;
  socket.on('connect', onTlsConnect);
  socket.on('secureConnect', onSecureConnect);
  watch(socket, onTlsError);
  return socket;
}

/** An address needs no look-up, and no second family to be tried. */
function addressOf({endpoint, localAddress}: MqttClientOptions): TcpNetConnectOpts {
  const {address, family, target} = endpoint;
  const to = {host: address, port: target.port, family, autoSelectFamily: false};
  return localAddress === undefined ? to : {...to, localAddress};
}

function watch(socket: SocketLink, failed: (this: SocketLink, error: Error) => void): void {
  socket.on('drain', onDrain);
  socket.on('error', failed);
  socket.on('close', onClose);
}

function onConnect(this: SocketLink): void {
  this.listener.linkOpened(this, 'tcp');
  this.listener.linkReady(this);
}

function onTlsConnect(this: SocketLink): void {
  this.listener.linkOpened(this, 'tcp');
}

function onSecureConnect(this: SocketLink): void {
  this.listener.linkOpened(this, 'tls');
  this.listener.linkReady(this);
}

function onDrain(this: SocketLink): void {
  this.listener.linkDrained(this);
}

/** 'close' follows, and tells it. */
function onError(this: SocketLink, error: Error): void {
  this.problem = socketReason(error);
}

function onTlsError(this: SocketLink, error: Error): void {
  this.problem = tlsReason(error);
}

function onClose(this: SocketLink): void {
  this.listener.linkClosed(this, this.problem ?? 'closed');
}
