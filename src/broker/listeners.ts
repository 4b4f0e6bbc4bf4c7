/** The doors: MQTT over TCP and over WebSocket (MQTT 3.1.1, 6), plain or over TLS. All without Nagle's delay. */
import {once} from 'node:events';
import {createServer as createHttpServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {createServer as createHttpsServer} from 'node:https';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {createServer as createTlsServer, TLSSocket, type TlsOptions} from 'node:tls';
import {createWebSocketStream, WebSocketServer} from 'ws';

/** Where sockets go. */
export interface Gate {
  /** Asked for each socket, before anything of it is read: `enter` when its turn comes, or `refuse`. */
  enter(knock: {remote: string; tls: boolean}, enter: () => void, refuse: () => void): void;
  /** A byte stream from a peer; the certificate (DER) that it showed in the handshake. */
  accept(stream: Duplex, remote: string, leafDer: Buffer | undefined): void;
}

/** Certificate, with its chain, and key, in PEM. */
export interface TlsPair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Connections that wait to be accepted: as many as Linux lets wait (net.core.somaxconn). Of a fleet that comes back at once, those
 * beyond it are dropped, and knock again only after 1, 2, 4… seconds (RFC 6298, 5.5).
 */
const BACKLOG = 4096;

/** A WebSocket message larger than this cannot be a packet that the gateway takes. */
const WS_MESSAGE_BYTES_MAX = 1024 * 1024;

/** Whoever does not finish the handshake by then holds no socket. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Devices may show a certificate; whether it counts is decided at CONNECT, where a refusal can be told. */
const tlsOptions = ({certificatePem: cert, keyPem: key}: TlsPair): TlsOptions => ({
  cert,
  key,
  requestCert: true,
  rejectUnauthorized: false,
  minVersion: 'TLSv1.2',
  handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
});

const remoteOf = (socket: Socket): string => `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;

export async function listenTcp(host: string, port: number, gate: Gate, tls?: TlsPair): Promise<Listener> {
  if (!tls)
    return await listening(host, port, {gate, tls: false}, socket =>
      gate.accept(socket, remoteOf(socket), undefined),
    );
  const secure = createTlsServer(tlsOptions(tls), socket =>
    gate.accept(socket, remoteOf(socket), leafOf(socket)),
  );
  // A handshake that fails holds nothing: its socket is gone.
  secure.on('tlsClientError', (_error, socket) => socket.destroy());
  return await listening(host, port, {gate, tls: true}, socket => secure.emit('connection', socket));
}

/** Only requests from the page's own origin, or from no page at all: a web site must not use a local platform. */
export async function listenWebSocket(
  host: string,
  port: number,
  gate: Gate,
  tls?: TlsPair,
): Promise<Listener> {
  const answer = (_request: IncomingMessage, response: ServerResponse): void => {
    response
      .writeHead(426, {'content-type': 'text/plain', upgrade: 'websocket'})
      .end('MQTT over WebSocket\n');
  };
  const http = tls ? createHttpsServer(tlsOptions(tls), answer) : createHttpServer(answer);
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: WS_MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    handleProtocols: protocols =>
      protocols.has('mqtt') ? 'mqtt' : protocols.has('mqttv3.1') ? 'mqttv3.1' : false,
    verifyClient: ({req}: {req: IncomingMessage}) => originAllowed(req),
  });
  sockets.on('connection', (webSocket, {socket}) => {
    socket.setNoDelay(true);
    gate.accept(createWebSocketStream(webSocket), remoteOf(socket), leafOf(socket));
  });
  const listener = await listening(host, port, {gate, tls: tls !== undefined}, socket =>
    http.emit('connection', socket),
  );
  return {
    port: listener.port,
    async close() {
      sockets.close();
      http.closeAllConnections();
      await listener.close();
    },
  };
}

const leafOf = (socket: Socket): Buffer | undefined =>
  socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined;

function originAllowed({headers}: IncomingMessage): boolean {
  if (headers.origin === undefined) return true;
  try {
    return new URL(headers.origin).hostname === new URL(`http://${headers.host}`).hostname;
  } catch {
    return false;
  }
}

/** Sockets are accepted here, whatever they speak, and read only once it is their turn. */
async function listening(
  host: string,
  port: number,
  {gate, tls}: {gate: Gate; tls: boolean},
  enter: (socket: Socket) => void,
): Promise<Listener> {
  const waiting = new Set<Socket>();
  const server = createServer({noDelay: true, pauseOnConnect: true}, socket => {
    waiting.add(socket);
    const gone = (): void => void waiting.delete(socket);
    socket.once('close', gone).on('error', () => socket.destroy());
    gate.enter(
      {remote: remoteOf(socket), tls},
      () => {
        if (!waiting.delete(socket)) return;
        enter(socket);
        socket.resume();
      },
      () => socket.destroy(),
    );
  });
  server.listen({host, port, backlog: BACKLOG});
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        for (const socket of waiting) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
