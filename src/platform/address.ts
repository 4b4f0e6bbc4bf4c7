/** Where a running platform is reached. */
import type {ServerTls} from './certificates.js';
import type {PlatformAddress} from './options.js';
import type {Door, Ports} from './ports.js';

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
