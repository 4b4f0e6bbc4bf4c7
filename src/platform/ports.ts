/** Which ports the platform listens on. */
import {once} from 'node:events';
import {type AddressInfo, createServer} from 'node:net';
import {IotctlError} from '../domain/errors.js';

export interface Ports {
  readonly mqtt: number;
  readonly ws: number;
  readonly api: number;
}

export const DEFAULT_PORTS: Ports = {mqtt: 1883, ws: 9001, api: 8080};

/** Asks before anything is started, so that a taken port is one clear error and nothing is half up. */
export async function checkPortsFree(host: string, ports: Ports): Promise<void> {
  for (const [name, port] of Object.entries(ports) as [keyof Ports, number][]) {
    if (port !== 0) await tryListen(host, port, name);
  }
}

/** The error for a port that someone else listens on. */
export const portTaken = (name: string, host: string, port: number): IotctlError =>
  new IotctlError('IOT_PORT_TAKEN', `port ${port} (--port-${name}) on ${host} is taken by another process`);

async function tryListen(host: string, port: number, name: string): Promise<number> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw portTaken(name, host, port);
    throw new IotctlError('IOT_USAGE', `cannot listen on ${host}:${port}: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    server.close();
  }
}
