/** Which doors the platform opens, and where. */
import {once} from 'node:events';
import {type AddressInfo, createServer, isIP} from 'node:net';
import {IotctlError} from '../domain/errors.js';

/** Port numbers; 0 chooses a free one, and a door that is not named stays shut. */
export interface Ports {
  readonly mqtt?: number | undefined;
  readonly ws?: number | undefined;
  readonly api?: number | undefined;
  /** Over TLS. */
  readonly mqtts?: number | undefined;
  readonly wss?: number | undefined;
  readonly https?: number | undefined;
}

export type Door = keyof Ports;

/** 8883 is registered for MQTT over TLS (IANA); the others are what many brokers use. */
export const DEFAULT_PORTS = {mqtt: 1883, ws: 9001, api: 8080, mqtts: 8883, wss: 9883, https: 8443} as const;

const TLS_DOORS: readonly Door[] = ['mqtts', 'wss', 'https'];
const PLAIN_DOORS: readonly Door[] = ['mqtt', 'ws', 'api'];

/**
 * Only this machine may speak to the platform in plain text, unless that is asked for. Throws `IOT_PLAIN_TEXT_REFUSED`
 * where nothing else would be left.
 */
export function openDoors(
  ports: Record<Door, number>,
  {host, tls, insecure}: {host: string; tls: boolean; insecure: boolean},
): Ports {
  const plain = insecure || isLoopback(host);
  if (!plain && !tls) {
    throw new IotctlError(
      'IOT_PLAIN_TEXT_REFUSED',
      `${host} can be reached from elsewhere, where secrets and data would be sent in plain text`,
    );
  }
  const doors = [...(plain ? PLAIN_DOORS : []), ...(tls ? TLS_DOORS : [])];
  return Object.fromEntries(doors.map(door => [door, ports[door]]));
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Asks before anything is started, so that a taken port is one clear error and nothing is half up. */
export async function checkPortsFree(host: string, ports: Ports): Promise<void> {
  for (const [name, port] of Object.entries(ports) as [Door, number][]) {
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
