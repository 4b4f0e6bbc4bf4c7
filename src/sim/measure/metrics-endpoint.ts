/** `GET /metrics` while a run goes on. */
import {once} from 'node:events';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {IotctlError} from '../../domain/errors.js';
import {EXPOSITION_TYPE, expositionOf} from './prometheus.js';
import type {RunReport} from './run-report.js';

export class MetricsEndpoint implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    const {address, port, family} = server.address() as AddressInfo;
    this.url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`;
  }

  /** `report` tells how the run stands. Throws `IOT_USAGE` for an address at which nothing can listen. */
  static async listen(
    {host, port}: {readonly host: string; readonly port: number},
    report: () => RunReport | undefined,
  ): Promise<MetricsEndpoint> {
    const server = createServer((request, response) => {
      if (request.method !== 'GET' && request.method !== 'HEAD')
        response.writeHead(405, {allow: 'GET, HEAD'}).end();
      else if (request.url?.split('?')[0] !== '/metrics') response.writeHead(404).end('see /metrics\n');
      else {
        const now = report();
        response
          .writeHead(200, {'content-type': EXPOSITION_TYPE})
          .end(now === undefined ? '' : expositionOf(now));
      }
    });
    server.listen(port, host);
    try {
      await once(server, 'listening');
    } catch (error) {
      throw new IotctlError('IOT_USAGE', `--prometheus: ${(error as Error).message}`, {cause: error});
    }
    return new MetricsEndpoint(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
