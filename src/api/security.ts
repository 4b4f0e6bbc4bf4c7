/** Who may use the API: no foreign web page, nobody without a token, and nobody more than their roles allow. */
import {isIP} from 'node:net';
import {hostname} from 'node:os';
import type {FastifyInstance, FastifyRequest, RouteOptions} from 'fastify';
import type {Change} from '../admin/changes.js';
import {IotctlError} from '../domain/errors.js';
import {PLATFORM} from '../domain/tenant.js';
import {originOf, requirePermission, unauthenticated} from './access.js';
import {FailureLimit} from './failure-limit.js';
import type {ApiPorts} from './ports.js';

/** How often the token of an open stream is looked at again. */
const RECHECK_MS = 2000;

/** `name`, `name:port`, `[address]:port`: nothing that a URL would read as more than a host. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

export function protect(server: FastifyInstance, ports: ApiPorts, boundHosts: readonly string[]): void {
  const failures = new FailureLimit();
  server.decorateRequest('caller', undefined);
  server.addHook('onRoute', refuseOpenRoute);
  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
    checkHost(request, boundHosts);
    const {auth, permission} = request.routeOptions.config;
    if (request.is404 || auth === 'none' || auth === 'device') return;
    await authenticate(ports, failures, request);
    try {
      requirePermission(request.caller!, permission);
    } catch (error) {
      await ports.admin.changes.failed(originOf(request), changeOf(request), error);
      throw error;
    }
  });
}

async function authenticate(ports: ApiPorts, failures: FailureLimit, request: FastifyRequest): Promise<void> {
  const address = request.socket.remoteAddress ?? '';
  const secret = bearerOf(request);
  request.caller = await ports.admin.caller(secret, address);
  if (request.caller) return;
  if (secret !== '')
    await ports.admin.changes.refused(originOf(request), {...changeOf(request), reason: 'no such token'});
  // Whoever is right is let in, whatever others at the same address do: only failures are held back.
  failures.fail(address);
  throw unauthenticated();
}

/** Deny by default: a route that says nothing about who may use it is a mistake that stops the start. */
function refuseOpenRoute({config, url, method}: RouteOptions): void {
  if (config?.auth === undefined && config?.permission === undefined)
    throw new Error(`${String(method)} ${url} does not say who may use it`);
}

const changeOf = (request: FastifyRequest): Change => ({
  tenant: request.caller?.tenant ?? PLATFORM,
  action: request.routeOptions.config.permission ?? 'authenticate',
  target: `${request.method} ${request.routeOptions.url ?? ''}`,
});

/** Calls `revoked` once when the caller may no longer use the route; returns how to stop looking. */
export function watchToken(
  ports: ApiPorts,
  request: FastifyRequest,
  revoked: (error: IotctlError) => void,
): () => void {
  const secret = bearerOf(request);
  const timer = setInterval(() => {
    // A registry that cannot answer now says nothing about the token: it is asked again.
    ports.admin.caller(secret, request.socket.remoteAddress ?? '').then(
      caller => {
        const error = caller
          ? refusalOf(() => requirePermission(caller, request.routeOptions.config.permission))
          : unauthenticated();
        request.caller = caller;
        if (!error) return;
        clearInterval(timer);
        revoked(error);
      },
      () => undefined,
    );
  }, RECHECK_MS);
  return () => clearInterval(timer);
}

function refusalOf(check: () => void): IotctlError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return error as IotctlError;
  }
}

/**
 * A web page can make a browser send requests here, under a name of its own that resolves to this machine: `Host`
 * then is that name, and `Origin` the page's.
 */
export function checkHost(
  {headers: {host = '', origin}}: Pick<FastifyRequest, 'headers'>,
  boundHosts: readonly string[],
): void {
  const name = HOST.exec(host)?.[1]
    ?.toLowerCase()
    .replace(/^\[|\]$/g, '');
  if (name === undefined || !boundHosts.some(bound => isOurs(name, bound.toLowerCase()))) {
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

const bearerOf = ({headers}: FastifyRequest): string =>
  /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
