/**
 * Where connections go, made once for many of them: an address instead of a name, and what TLS needs already read.
 */
import {lookup} from 'node:dns/promises';
import {connect, isIP} from 'node:net';
import type {SecureContext} from 'node:tls';
import type {Trust} from '../../client/trust.js';
import {IotctlError} from '../../domain/errors.js';
import type {BrokerTarget} from './broker-target.js';

export interface Endpoint {
  readonly target: BrokerTarget;
  readonly address: string;
  readonly family: 4 | 6;
  /** Only with TLS: whom to trust, and what the client shows of itself. */
  readonly secureContext?: SecureContext;
  /** Only with TLS, and not when the host is an address (RFC 6066, 3). */
  readonly servername?: string;
}

/** A client's certificate and its key, in PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

const PROBE_TIMEOUT_MS = 3000;

/**
 * Throws `IOT_BROKER_UNREACHABLE` when the host has no address, `IOT_TLS_UNTRUSTED` when nothing that it presents has the
 * pinned fingerprint, and `IOT_INPUT_INVALID` for a certificate that does not go with its key.
 */
export async function openEndpoint(
  target: BrokerTarget,
  {trust, certificate}: {readonly trust?: Trust; readonly certificate?: ClientCertificate} = {},
): Promise<Endpoint> {
  const {address, family} = await resolve(target);
  if (target.transport === 'tcp' || target.transport === 'ws') return {target, address, family};
  const {secureContextFor} = await import('./secure-context.js');
  const secureContext = await secureContextFor(target, trust, certificate);
  return {
    target,
    address,
    family,
    secureContext,
    ...(isIP(target.host) === 0 ? {servername: target.host} : {}),
  };
}

async function resolve({host, port}: BrokerTarget): Promise<{address: string; family: 4 | 6}> {
  const version = isIP(host);
  if (version !== 0) return {address: host, family: version as 4 | 6};
  try {
    const found = await lookup(host, {all: true});
    const usable = found.length > 1 ? await firstThatListens(found, port) : found[0]!;
    return {address: usable.address, family: usable.family as 4 | 6};
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    throw new IotctlError('IOT_BROKER_UNREACHABLE', `no address of ${host} is known: ${code}`, {
      cause: error,
    });
  }
}

type Address = Awaited<ReturnType<typeof lookup>> & {address: string; family: number};

/** `localhost` is often both ::1 and 127.0.0.1, and a broker on one of them. Where none listens, the first is as good as any. */
async function firstThatListens(addresses: Address[], port: number): Promise<Address> {
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
