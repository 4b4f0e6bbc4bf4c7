/** Where a running platform is reached. */
import {hostname} from 'node:os';
import type {DeviceDoors} from '../api/ports.js';
import {fingerprintSha256} from '../pki/describe.js';
import type {ServerTls} from './certificates.js';
import type {PlatformAddress} from './options.js';
import {type Door, isLoopback, type Ports} from './ports.js';

const SCHEMES: Record<Door, string> = {
  mqtt: 'mqtt',
  ws: 'ws',
  api: 'http',
  mqtts: 'mqtts',
  wss: 'wss',
  https: 'https',
};

export function addressOf({
  host,
  ports,
  tls,
  ...rest
}: {
  host: string;
  ports: Ports;
  tls: ServerTls | undefined;
} & Pick<PlatformAddress, 'dataFolder' | 'pid' | 'adminToken'>): PlatformAddress {
  const name = host.includes(':') ? `[${host}]` : host;
  const urlOf = (door: Door): string | undefined =>
    ports[door] === undefined ? undefined : `${SCHEMES[door]}://${name}:${ports[door]}`;
  const secure = {mqttsUrl: urlOf('mqtts'), wssUrl: urlOf('wss'), httpsUrl: urlOf('https')};
  return {
    mqttUrl: urlOf('mqtt') ?? secure.mqttsUrl ?? '',
    wsUrl: urlOf('ws') ?? secure.wssUrl ?? '',
    apiUrl: urlOf('api') ?? secure.httpsUrl ?? '',
    ...(tls ? {...secure, authority: tls.authority} : {}),
    ports,
    ...rest,
  };
}

/** For a device in the field, which is told by a technician where to go. */
export const deviceDoors = ({
  host,
  ports,
  tls,
}: {
  host: string;
  ports: Ports;
  tls: ServerTls | undefined;
}): DeviceDoors => ({
  ports,
  name: isLoopback(host) ? undefined : hostname(),
  fingerprint: tls && fingerprintSha256(tls.certificatePem).replaceAll(':', '').toLowerCase(),
});
