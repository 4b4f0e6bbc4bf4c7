/** The URL of a broker as a load test uses it. */
import {checkedUrl} from '../../client/broker-url.js';
import {IotctlError} from '../../domain/errors.js';

export type Transport = 'tcp' | 'tls' | 'ws' | 'wss';

/** Plain JSON: it goes to other processes in a plan. */
export interface BrokerTarget {
  readonly transport: Transport;
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Only of `ws` and `wss`. */
  readonly path?: string;
}

const TRANSPORTS: Readonly<Record<string, {readonly transport: Transport; readonly port: number}>> = {
  'mqtt:': {transport: 'tcp', port: 1883},
  'mqtts:': {transport: 'tls', port: 8883},
  'ws:': {transport: 'ws', port: 80},
  'wss:': {transport: 'wss', port: 443},
};

/** Throws `IOT_USAGE`, naming what is wrong with it. */
export function parseBrokerTarget(text: string): BrokerTarget {
  const url = new URL(checkedUrl(text));
  const {transport, port} = TRANSPORTS[url.protocol]!;
  if (url.username !== '' || url.password !== '') {
    throw new IotctlError(
      'IOT_USAGE',
      `a broker's URL holds no login: ${url.protocol}//…@${url.host}; write --username and --password`,
    );
  }
  const webSocket = transport === 'ws' || transport === 'wss';
  if (!webSocket && url.pathname !== '' && url.pathname !== '/') {
    throw new IotctlError('IOT_USAGE', `${text}: only ws:// and wss:// have a path`);
  }
  if (url.port === '0') throw new IotctlError('IOT_USAGE', `${text}: no broker listens on port 0`);
  return {
    transport,
    host: url.hostname.replaceAll(/^\[|\]$/g, ''),
    // `URL` leaves a scheme's own port out.
    port: url.port === '' ? port : Number(url.port),
    ...(webSocket ? {path: `${url.pathname || '/'}${url.search}`} : {}),
  };
}
