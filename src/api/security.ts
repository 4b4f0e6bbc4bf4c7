/** Who may use the API: no foreign web page, and nobody without a token. */
import type {FastifyInstance, FastifyRequest} from 'fastify';
import {IotctlError} from '../domain/errors.js';
import type {ApiPorts, Caller} from './ports.js';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    /** `none`: anyone; `device`: the route authenticates a device itself. Everything else needs a token. */
    auth?: 'none' | 'device';
  }
}

export function protect(server: FastifyInstance, ports: ApiPorts, boundHost: string): void {
  server.decorateRequest('caller', undefined);
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
    checkHost(request, boundHost);
    if (request.is404 || request.routeOptions.config.auth !== undefined) return;
    request.caller = await ports.authenticate(bearerOf(request));
    if (!request.caller) {
      reply.header('www-authenticate', 'Bearer');
      throw new IotctlError('IOT_UNAUTHENTICATED', 'the token is missing or not valid');
    }
  });
}

/** The caller of a route that needs one. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new IotctlError('IOT_UNAUTHENTICATED', 'the token is missing or not valid');
  return request.caller;
}

/**
 * A web page can make a browser send requests here, under a name of its own that resolves to this machine: `Host`
 * then is that name, and `Origin` the page's.
 */
function checkHost({headers}: FastifyRequest, boundHost: string): void {
  const host = hostnameOf(`http://${headers.host ?? ''}`);
  if (host === undefined || !(LOOPBACK.has(host) || host === boundHost || boundHost === '0.0.0.0')) {
    throw new IotctlError(
      'IOT_HOST_REFUSED',
      `Host ${JSON.stringify(headers.host ?? '')} is not this platform’s`,
    );
  }
  if (headers.origin !== undefined && hostOf(headers.origin) !== headers.host) {
    throw new IotctlError(
      'IOT_HOST_REFUSED',
      `Origin ${JSON.stringify(headers.origin)} may not use this platform`,
    );
  }
}

const hostnameOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).hostname : undefined;
const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

const bearerOf = ({headers}: FastifyRequest): string =>
  /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
