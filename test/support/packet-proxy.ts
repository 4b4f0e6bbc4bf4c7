import {once} from 'node:events';
import {type AddressInfo, connect, createServer, type Socket} from 'node:net';

/** What becomes of the PUBLISHes of one client, in their order. Anything may be given back: none, one twice, one held back. */
export type PublishRule = (packet: Buffer, topic: string) => readonly Buffer[];

const PUBLISH = 3;

export const isPublish = (packet: Buffer): boolean => packet[0]! >> 4 === PUBLISH;

/**
 * A TCP proxy in front of a broker that takes the packets of clients apart, and asks a rule about each PUBLISH on its way to
 * the broker. `ruleOf` is called once for each connection; what the broker says passes as it is.
 */
export async function startPacketProxy(target: number, ruleOf: () => PublishRule) {
  const sockets = new Set<Socket>();
  const server = createServer(client => {
    const broker = connect(target, '127.0.0.1');
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    broker.pipe(client);
    const rule = ruleOf();
    let rest: Buffer = Buffer.alloc(0);
    client.on('data', chunk => {
      const {packets, left} = packetsOf(Buffer.concat([rest, chunk]));
      rest = left;
      const out = packets.flatMap(packet => (isPublish(packet) ? rule(packet, topicOf(packet)) : [packet]));
      if (out.length > 0) broker.write(Buffer.concat(out));
    });
    client.on('end', () => broker.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The whole packets at the beginning, and what is left. */
export function packetsOf(bytes: Buffer): {packets: Buffer[]; left: Buffer} {
  const packets: Buffer[] = [];
  let at = 0;
  for (let end = endOf(bytes, at); end !== undefined; end = endOf(bytes, at)) {
    packets.push(bytes.subarray(at, end));
    at = end;
  }
  return {packets, left: bytes.subarray(at)};
}

/** Where the packet that begins at `start` ends (MQTT 3.1.1, 2.2.3); undefined when it is not all there. */
function endOf(bytes: Buffer, start: number): number | undefined {
  const {length, at} = remainingLength(bytes, start + 1);
  return at === undefined || at + length > bytes.length ? undefined : at + length;
}

function remainingLength(bytes: Buffer, from: number): {length: number; at: number | undefined} {
  let length = 0;
  for (let at = from, shift = 0; at < bytes.length; at++, shift += 7) {
    length |= (bytes[at]! & 0x7f) << shift;
    if (bytes[at]! < 0x80) return {length, at: at + 1};
  }
  return {length, at: undefined};
}

function topicOf(packet: Buffer): string {
  const at = remainingLength(packet, 1).at!;
  return packet.toString('utf8', at + 2, at + 2 + packet.readUInt16BE(at));
}
