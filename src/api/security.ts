/** Who may use the API: no foreign web page, and nobody without a token. */
import {isIP} from 'node:net';
import {hostname} from 'node:os';
import type {FastifyInstance, FastifyRequest} from 'fastify';
import {IotctlError} from '../domain/errors.js';
import type {ApiPorts, Caller} from './ports.js';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    /** `none`: anyone; `device`: the route authenticates a device itself. Everything else needs a token. */
    auth?: 'none' | 'device';
  }
}

/** How often the token of an open stream is looked at again. */
const RECHECK_MS = 2000;

/** `name`, `name:port`, `[address]:port`: nothing that a URL would read as more than a host. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

export function protect(server: FastifyInstance, ports: ApiPorts, boundHost: string): void {
  server.decorateRequest('caller', undefined);
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
    checkHost(request, boundHost);
    if (request.is404 || request.routeOptions.config.auth !== undefined) return;
    request.caller = await ports.authenticate(bearerOf(request));
    if (!request.caller) throw unauthenticated();
  });
}

/** The caller of a route that needs one. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw unauthenticated();
  return request.caller;
}

/** Calls `revoked` once when the caller's token stops being valid; returns how to stop looking. */
export function watchToken(
  ports: ApiPorts,
  request: FastifyRequest,
  revoked: (error: IotctlError) => void,
): () => void {
  const secret = bearerOf(request);
  const timer = setInterval(() => {
    // A registry that cannot answer now says nothing about the token: it is asked again.
    ports.authenticate(secret).then(
      caller => {
        if (caller) return;
        clearInterval(timer);
        revoked(unauthenticated());
      },
      () => undefined,
    );
  }, RECHECK_MS);
  return () => clearInterval(timer);
}

/**
 * A web page can make a browser send requests here, under a name of its own that resolves to this machine: `Host`
 * then is that name, and `Origin` the page's.
 */
export function checkHost(
  {headers: {host = '', origin}}: Pick<FastifyRequest, 'headers'>,
  boundHost: string,
): void {
  const name = HOST.exec(host)?.[1]
    ?.toLowerCase()
    .replace(/^\[|\]$/g, '');
  if (name === undefined || !isOurs(name, boundHost.toLowerCase())) {
    throw new IotctlError(
      'IOT_HOST_REFUSED',
      `Host ${JSON.stringify(host.slice(0, 200))} is not this platform’s`,
    );
  }
  if (origin !== undefined && hostOf(origin) !== host.toLowerCase()) {
    throw new IotctlError(
      'IOT_HOST_REFUSED',
      `Origin ${JSON.stringify(origin.slice(0, 200))} may not use this platform`,
    );
  }
}

/** No page can make its own name an address, so a platform for a whole network takes any address, and its own name. */
function isOurs(name: string, boundHost: string): boolean {
  if (name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))) return true;
  if (name === boundHost) return true;
  const anyAddress = boundHost === '0.0.0.0' || boundHost === '::';
  return anyAddress && (isIP(name) !== 0 || name === hostname().toLowerCase());
}

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

const unauthenticated = (): IotctlError =>
  new IotctlError('IOT_UNAUTHENTICATED', 'the token is missing or not valid');

const bearerOf = ({headers}: FastifyRequest): string =>
  /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
