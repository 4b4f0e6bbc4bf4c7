/** Somebody's webhook, on loopback. */
import {once} from 'node:events';
import {createServer, type IncomingHttpHeaders, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

export interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (delivery: Delivery, response: ServerResponse) => void;

/** `answer` may be changed at any time; without one everything is taken. */
export async function startWebhook({port = 0, answer}: {port?: number; answer?: Answer} = {}) {
  const taken: Delivery[] = [];
  const receiver: {answer: Answer | undefined} = {answer};
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const delivery = {headers: request.headers, body: Buffer.concat(chunks).toString()};
      response.once('finish', () => {
        if (response.statusCode < 300) taken.push(delivery);
      });
      if (receiver.answer) receiver.answer(delivery, response);
      else response.writeHead(204).end();
    });
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return Object.assign(receiver, {
    port: address.port,
    url: `http://127.0.0.1:${address.port}/events`,
    /** What it took, in its order. */
    taken,
    /** Of all events that it took, in their order; or of those of one device. */
    offsets(device?: string): number[] {
      return taken
        .flatMap(({body}) => [JSON.parse(body) as unknown].flat() as {source: string; offset: number}[])
        .filter(({source}) => device === undefined || source.endsWith(`/d/${device}`))
        .map(({offset}) => offset);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
