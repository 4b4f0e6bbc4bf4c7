/** What TLS needs, read once and shared by all connections that show the same certificate. */
import {isIP} from 'node:net';
import {createSecureContext, type SecureContext} from 'node:tls';
import {type TlsOptions, type Trust, tlsOptions} from '../../client/trust.js';
import {IotctlError} from '../../domain/errors.js';
import type {BrokerTarget} from './broker-target.js';
import type {ClientCertificate, Endpoint, EndpointTls} from './endpoint.js';

/** Errors are those of `openEndpoint`. */
export async function endpointTls(
  target: BrokerTarget,
  trust: Trust | undefined,
  certificate: ClientCertificate | undefined,
): Promise<EndpointTls> {
  const trusted = await trustedBy(target, trust);
  return {
    trusted,
    context: contextOf(trusted, certificate),
    servername: isIP(target.host) === 0 ? target.host : undefined,
  };
}

/** The same endpoint for a client with a certificate of its own. Throws `IOT_INPUT_INVALID` where it does not go with its key. */
export function withCertificate(endpoint: Endpoint, certificate: ClientCertificate): Endpoint {
  const {tls} = endpoint;
  if (tls === undefined)
    throw new IotctlError('IOT_USAGE', 'a certificate is only shown over mqtts:// and wss://');
  return {...endpoint, tls: {...tls, context: contextOf(tls.trusted, certificate)}};
}

async function trustedBy(
  {transport, host, port}: BrokerTarget,
  trust: Trust | undefined,
): Promise<TlsOptions> {
  const scheme = transport === 'wss' ? 'wss' : 'mqtts';
  const name = host.includes(':') ? `[${host}]` : host;
  try {
    return await tlsOptions(`${scheme}://${name}:${port}`, trust);
  } catch (error) {
    if (error instanceof IotctlError) throw error;
    const message = `${name}:${port} does not show its certificates: ${(error as Error).message}`;
    throw new IotctlError('IOT_BROKER_UNREACHABLE', message, {cause: error});
  }
}

function contextOf(trusted: TlsOptions, certificate: ClientCertificate | undefined): SecureContext {
  try {
    return createSecureContext({...trusted, ...certificate});
  } catch (error) {
    const message = `not a certificate with its key, or not a CA: ${(error as Error).message}`;
    throw new IotctlError('IOT_INPUT_INVALID', message, {cause: error});
  }
}
