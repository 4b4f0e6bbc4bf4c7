import {once} from 'node:events';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {generate, type Packet, parser} from 'mqtt-packet';
import {nowMs} from '../../src/sim/measure/clock.js';

const MQTT5 = {protocolVersion: 5} as const;

/** A broker of MQTT 5 that acknowledges only so many PUBLISHes a second, of all its clients together. */
export async function startSlowBroker(messagesPerSec: number) {
  const sockets = new Set<Socket>();
  const waiting: {readonly socket: Socket; readonly messageId: number}[] = [];
  let freeMs = nowMs();
  const timer = setInterval(() => {
    if (waiting.length === 0) freeMs = nowMs();
    for (; waiting.length > 0 && freeMs <= nowMs(); freeMs += 1000 / messagesPerSec) {
      const {socket, messageId} = waiting.shift()!;
      socket.write(generate({cmd: 'puback', messageId, reasonCode: 0}, MQTT5));
    }
  }, 1);
  const server = createServer({noDelay: true}, socket => {
    sockets.add(socket);
    const packets = parser(MQTT5).on('packet', (packet: Packet) => {
      if (packet.cmd === 'publish') waiting.push({socket, messageId: packet.messageId!});
      else if (packet.cmd === 'connect')
        socket.write(generate({cmd: 'connack', sessionPresent: false, reasonCode: 0}, MQTT5));
      else if (packet.cmd === 'disconnect') socket.end();
    });
    socket
      .on('data', bytes => packets.parse(bytes))
      .on('error', () => undefined)
      .on('close', () => sockets.delete(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
