import {once} from 'node:events';
import {type AddressInfo, connect, createServer, type Socket} from 'node:net';
import {isPublish, packetsOf} from './packet-proxy.js';

/** After a pause no more than what it missed within this time is made up for. */
const BURST_MS = 30;

/** A TCP proxy in front of a broker that lets only so many PUBLISHes a second of all clients together pass to it. */
export async function startSlowProxy(target: number, messagesPerSec: number) {
  const sockets = new Set<Socket>();
  const waiting: {readonly broker: Socket; readonly packet: Buffer}[] = [];
  let freeMs = performance.now();
  const timer = setInterval(() => {
    freeMs = Math.max(freeMs, performance.now() - BURST_MS);
    for (; waiting.length > 0 && freeMs <= performance.now(); freeMs += 1000 / messagesPerSec) {
      const {broker, packet} = waiting.shift()!;
      broker.write(packet);
    }
  }, 1);
  const server = createServer(client => {
    const broker = connect(target, '127.0.0.1');
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket
        .setNoDelay(true)
        .on('error', () => {})
        .on('close', () => sockets.delete(socket));
    }
    broker.pipe(client);
    let rest: Buffer = Buffer.alloc(0);
    client.on('data', chunk => {
      const {packets, left} = packetsOf(Buffer.concat([rest, chunk]));
      rest = left;
      for (const packet of packets) {
        if (isPublish(packet)) waiting.push({broker, packet});
        else broker.write(packet);
      }
    });
    client.on('end', () => broker.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
