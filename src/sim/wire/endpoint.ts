/** Where connections go, made once for many of them: an address instead of a name, and what TLS needs already read. */
import {lookup} from 'node:dns/promises';
import {connect, isIP} from 'node:net';
import type {SecureContext} from 'node:tls';
import type {TlsOptions, Trust} from '../../client/trust.js';
import {IotctlError} from '../../domain/errors.js';
import type {BrokerTarget} from './broker-target.js';
import type {Link, LinkListener} from './link.js';
import type {MqttClientOptions} from './mqtt-client-options.js';

export interface Endpoint {
  readonly target: BrokerTarget;
  readonly address: string;
  readonly family: 4 | 6;
  /** Only of `tls` and `wss`. */
  readonly tls?: EndpointTls;
  /** Opens a link over the target's transport. */
  readonly openLink: (options: MqttClientOptions, listener: LinkListener) => Link;
}

export interface EndpointTls {
  /** Whose certificates are trusted. */
  readonly trusted: TlsOptions;
  /** The same, read, with what the client shows of itself. */
  readonly context: SecureContext;
  /** None when the host is an address (RFC 6066, 3). */
  readonly servername: string | undefined;
}

/** A client's certificate and its key, in PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

const PROBE_TIMEOUT_MS = 3000;

/**
 * Throws `IOT_BROKER_UNREACHABLE` when the host has no address or does not show its certificates, `IOT_TLS_UNTRUSTED` when
 * none of them has the pinned fingerprint, and `IOT_INPUT_INVALID` for a certificate that does not go with its key.
 */
export async function openEndpoint(
  target: BrokerTarget,
  {trust, certificate}: {readonly trust?: Trust; readonly certificate?: ClientCertificate} = {},
): Promise<Endpoint> {
  const place = {target, ...(await addressOf(target))};
  const openLink = await linkOpener(target);
  if (target.transport === 'tcp' || target.transport === 'ws') return {...place, openLink};
  const {endpointTls} = await import('./endpoint-tls.js');
  return {...place, openLink, tls: await endpointTls(target, trust, certificate)};
}

/** Loads what the transport needs, and nothing else. */
async function linkOpener({transport}: BrokerTarget): Promise<Endpoint['openLink']> {
  switch (transport) {
    case 'tcp':
      return (await import('./tcp-link.js')).openTcp;
    case 'tls':
      return (await import('./tls-link.js')).openTls;
    default:
      return (await import('./websocket-link.js')).openWebSocket;
  }
}

async function addressOf({host, port}: BrokerTarget): Promise<{address: string; family: 4 | 6}> {
  const version = isIP(host);
  if (version !== 0) return {address: host, family: version as 4 | 6};
  try {
    const found = await lookup(host, {all: true});
    const {address, family} = found.length > 1 ? await firstThatListens(found, port) : found[0]!;
    return {address, family: family as 4 | 6};
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    throw new IotctlError('IOT_BROKER_UNREACHABLE', `no address of ${host} is known: ${code}`, {
      cause: error,
    });
  }
}

interface Address {
  readonly address: string;
  readonly family: number;
}

/** `localhost` is often both ::1 and 127.0.0.1, with a broker on one of them. Where none listens, the first is as good as any. */
async function firstThatListens(addresses: readonly Address[], port: number): Promise<Address> {
  for (const candidate of addresses) if (await listens(candidate.address, port)) return candidate;
  return addresses[0]!;
}

const listens = (host: string, port: number): Promise<boolean> =>
  new Promise(done => {
    const socket = connect({host, port, timeout: PROBE_TIMEOUT_MS});
    const settle = (found: boolean) => {
      socket.destroy();
      done(found);
    };
    socket.on('connect', () => settle(true));
    socket.on('timeout', () => settle(false));
    socket.on('error', () => settle(false));
  });
