/** Links over TLS. The broker's certificate is verified, and nothing switches that off. */
import type {ConnectOpts} from 'node:net';
import {type ConnectionOptions, connect, type TLSSocket} from 'node:tls';
import type {LinkListener} from './link.js';
import type {MqttClientOptions} from './mqtt-client-options.js';
import {tlsReason} from './reason-codes.js';
import {destinationOf, type Listened, onClose, onDrain, onread} from './tcp-link.js';

type TlsLink = TLSSocket & Listened;

export function openTls(options: MqttClientOptions, listener: LinkListener): TLSSocket {
  // Its socket takes it too; the types know it of `net.connect` only.
  const settings: ConnectionOptions & ConnectOpts = {...tlsSettings(options), onread};
  const socket = connect(settings) as TlsLink;
  socket.listener = listener;
  socket.on('connect', onConnect);
  socket.on('secureConnect', onSecureConnect);
  socket.on('error', onError);
  socket.on('drain', onDrain);
  socket.on('close', onClose);
  return socket;
}

export function tlsSettings(options: MqttClientOptions): ConnectionOptions {
  const {context, servername} = options.endpoint.tls!;
  return {
    ...destinationOf(options),
    secureContext: context,
    ...(servername === undefined ? {} : {servername}),
    rejectUnauthorized: true,
  };
}

function onConnect(this: TlsLink): void {
  this.listener.linkOpened(this, 'tcp');
}

function onSecureConnect(this: TlsLink): void {
  this.listener.linkOpened(this, 'tls');
  this.listener.linkReady(this);
}

/** 'close' follows, and tells it. */
function onError(this: TlsLink, error: Error): void {
  this.problem = tlsReason(error);
}
