/** Something that listens where a broker should, and sends exactly the bytes that a test wants. */
import {once} from 'node:events';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {until} from './deadline.js';

export const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** CONNACK of success, of MQTT 3.1.1 and 5. */
export const CONNACK = {4: '20 02 00 00', 5: '20 03 00 00 00'} as const;

/** Answers what a client sends first, in bytes of hex. */
export async function startFakeBroker(answer: string | ((socket: Socket) => void) = CONNACK[4]) {
  const sockets: Socket[] = [];
  const received: Buffer[] = [];
  const server = createServer(socket => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.on('data', bytes => received.push(bytes));
      if (typeof answer === 'string') socket.write(bytesOf(answer));
      else answer(socket);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    /** What came after the CONNECTs. */
    received: () => Buffer.concat(received),
    /** Waits until that came, in hex, and forgets it. */
    async expects(hex: string): Promise<void> {
      const wanted = bytesOf(hex);
      await until(() => Buffer.concat(received).length >= wanted.length, `${hex} to be sent`);
      const came = Buffer.concat(received.splice(0)).toString('hex');
      if (came !== wanted.toString('hex')) throw new Error(`sent was ${came}, not ${hex}`);
    },
    send: (hex: string) => sockets.at(-1)!.write(bytesOf(hex)),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
