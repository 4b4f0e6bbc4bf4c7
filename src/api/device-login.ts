/** Devices that come by HTTP: with their secret (Basic, RFC 7617) or their certificate (mutual TLS). */
import {TLSSocket} from 'node:tls';
import type {FastifyRequest} from 'fastify';
import type {Origin} from '../admin/origin.js';
import {IotctlError} from '../domain/errors.js';
import {parseUsername} from '../domain/identity.js';
import {originOf} from './access.js';
import type {ApiPorts, DeviceLogin} from './ports.js';

/** Throws `IOT_DEVICE_UNKNOWN` where the credential is another device's, as if there were no such device. */
export async function deviceOf(
  ports: ApiPorts,
  request: FastifyRequest,
  id: string,
): Promise<{tenant: string; device: string}> {
  const certificate = certificateOf(request);
  const device = certificate
    ? await ports.admin.certificates.identify(certificate)
    : await ports.authenticateDevice(loginOf(request, id));
  if (device.device !== id) throw unknown(id);
  return device;
}

/** A device that sends something with its own credential. */
export async function deviceSender(
  ports: ApiPorts,
  request: FastifyRequest,
  id: string,
): Promise<{origin: Origin; tenant: string; device: string}> {
  const {tenant, device} = await deviceOf(ports, request, id);
  return {origin: {...originOf(request), actor: {kind: 'device', name: device}}, tenant, device};
}

/** The user name has an `@`, and no `:` before the secret's, except in the device's own name. */
export function loginOf(request: FastifyRequest, id: string): DeviceLogin {
  const encoded = /^Basic (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.lastIndexOf(':');
  if (colon < 0)
    throw new IotctlError('IOT_UNAUTHENTICATED', 'a device sends its user name and secret as HTTP Basic');
  const username = text.slice(0, colon);
  if (parseUsername(username)?.name !== id) throw unknown(id);
  return {username, secret: text.slice(colon + 1), address: request.socket.remoteAddress ?? ''};
}

/** Whose key it is was proved by the handshake; whether it counts, the caller asks. */
export function certificateOf({raw: {socket}}: FastifyRequest): Buffer | undefined {
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined;
}

const unknown = (id: string): IotctlError =>
  new IotctlError('IOT_DEVICE_UNKNOWN', `no device ${JSON.stringify(id)} for this credential`);
