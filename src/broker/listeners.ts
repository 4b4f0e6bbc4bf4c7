/** The doors: MQTT over TCP and over WebSocket (MQTT 3.1.1, 6). Both without Nagle's delay. */
import {once} from 'node:events';
import {createServer as createHttpServer, type Server as HttpServer, type IncomingMessage} from 'node:http';
import {type AddressInfo, createServer, type Server, type Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {createWebSocketStream, WebSocketServer} from 'ws';

/** A byte stream from a peer. `remote` is its address, for the log. */
export type Accept = (stream: Duplex, remote: string, socket: Socket) => void;

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** Connections that wait to be accepted by the process; a fleet that comes back at once fits in. */
const BACKLOG = 4096;

/** A WebSocket message larger than this cannot be a packet that the gateway takes. */
const WS_MESSAGE_BYTES_MAX = 1024 * 1024;

const remoteOf = (socket: Socket): string => `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;

export async function listenTcp(host: string, port: number, accept: Accept): Promise<Listener> {
  const server = createServer({noDelay: true}, socket => accept(socket, remoteOf(socket), socket));
  return await listening(server, host, port);
}

/** Only requests from the page's own origin, or from no page at all: a web site must not use a local platform. */
export async function listenWebSocket(host: string, port: number, accept: Accept): Promise<Listener> {
  const http = createHttpServer((_request, response) => {
    response
      .writeHead(426, {'content-type': 'text/plain', upgrade: 'websocket'})
      .end('MQTT over WebSocket\n');
  });
  const sockets = new WebSocketServer({
    server: http,
    maxPayload: WS_MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    handleProtocols: protocols =>
      protocols.has('mqtt') ? 'mqtt' : protocols.has('mqttv3.1') ? 'mqttv3.1' : false,
    verifyClient: ({req}: {req: IncomingMessage}) => originAllowed(req),
  });
  sockets.on('connection', (webSocket, request) => {
    request.socket.setNoDelay(true);
    accept(createWebSocketStream(webSocket), remoteOf(request.socket), request.socket);
  });
  const listener = await listening(http, host, port);
  return {
    port: listener.port,
    async close() {
      sockets.close();
      http.closeAllConnections();
      await listener.close();
    },
  };
}

function originAllowed({headers}: IncomingMessage): boolean {
  if (headers.origin === undefined) return true;
  try {
    return new URL(headers.origin).hostname === new URL(`http://${headers.host}`).hostname;
  } catch {
    return false;
  }
}

async function listening(server: Server | HttpServer, host: string, port: number): Promise<Listener> {
  server.listen({host, port, backlog: BACKLOG});
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
}
