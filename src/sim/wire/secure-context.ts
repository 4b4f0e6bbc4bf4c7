/** What TLS needs, read once and shared by all connections that show the same certificate. */
import {createSecureContext, type SecureContext} from 'node:tls';
import {type Trust, tlsOptions} from '../../client/trust.js';
import {IotctlError} from '../../domain/errors.js';
import type {BrokerTarget} from './broker-target.js';
import type {ClientCertificate} from './endpoint.js';

/** Throws `IOT_TLS_UNTRUSTED` and `IOT_INPUT_INVALID`, or the connection's own error while a fingerprint is looked for. */
export async function secureContextFor(
  {transport, host, port}: BrokerTarget,
  trust: Trust | undefined,
  certificate: ClientCertificate | undefined,
): Promise<SecureContext> {
  const scheme = transport === 'wss' ? 'wss' : 'mqtts';
  const name = host.includes(':') ? `[${host}]` : host;
  const {rejectUnauthorized: _, ...trusted} = await tlsOptions(`${scheme}://${name}:${port}`, trust);
  try {
    return createSecureContext({...trusted, ...certificate});
  } catch (error) {
    throw new IotctlError('IOT_INPUT_INVALID', `not a certificate and its key: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
