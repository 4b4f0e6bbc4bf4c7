/** The HTTP API: routes over the parts of the platform, described by an OpenAPI document at /v1/openapi.json. */
import type {IncomingMessage, ServerResponse} from 'node:http';
import {createServer as createHttpsServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerFactory,
  type FastifyServerFactoryHandler,
  type RawServerDefault,
} from 'fastify';
import {serializerCompiler, validatorCompiler, type ZodTypeProvider} from 'fastify-type-provider-zod';
import {uuidV7} from '../domain/uuid.js';
import {shareReads} from '../tail/shared-reader.js';
import {measureRequests} from './metrics/http-metrics.js';
import {describeRoutes} from './openapi.js';
import type {ApiPorts} from './ports.js';
import {answerClientError, answerFrameworkError, answerWithProblems, type BugReport} from './problem.js';
import {auditRoutes} from './routes/audit.js';
import {authorityRoutes} from './routes/authorities.js';
import {banRoutes} from './routes/bans.js';
import {claimChoiceRoutes} from './routes/claim-choices.js';
import {claimPageRoutes} from './routes/claim-page.js';
import {claimRoutes} from './routes/claims.js';
import {commandRoutes} from './routes/commands.js';
import {configurationRoutes} from './routes/configurations.js';
import {consumerFileRoutes} from './routes/consumer-files.js';
import {consumerRoutes} from './routes/consumers.js';
import {credentialRoutes} from './routes/credentials.js';
import {cursorRoutes} from './routes/cursors.js';
import {deadLetterRoutes} from './routes/dead-letters.js';
import {deviceFileRoutes} from './routes/device-files.js';
import {deviceRoutes} from './routes/devices.js';
import {enrolmentRoutes} from './routes/enrolment.js';
import {episodesRoute} from './routes/episodes.js';
import {eventRoutes} from './routes/events.js';
import {exportRoutes} from './routes/export.js';
import {fileRoutes} from './routes/files.js';
import {fleetRoute} from './routes/fleet.js';
import {groupKeyRoutes} from './routes/group-keys.js';
import {importRoutes} from './routes/imports.js';
import {ingestRoute} from './routes/ingest.js';
import {lifeRoutes} from './routes/lives.js';
import {logRoutes} from './routes/logs.js';
import {meRoutes} from './routes/me.js';
import {metricsRoute} from './routes/metrics.js';
import {modelRoutes} from './routes/models.js';
import {platformRoutes} from './routes/platform.js';
import {policyRoutes} from './routes/policy.js';
import {provisionRoutes} from './routes/provision.js';
import {queryRoutes} from './routes/query.js';
import {retentionRoutes} from './routes/retention.js';
import {roleRoutes} from './routes/roles.js';
import {statsRoute} from './routes/stats.js';
import {tenantRoutes} from './routes/tenants.js';
import {tokenRoutes} from './routes/tokens.js';
import {twinRoutes} from './routes/twins.js';
import {deviceUploadRoutes, uploadRoutes} from './routes/uploads.js';
import {userRoutes} from './routes/users.js';
import {protect} from './security.js';

export type Server = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface ApiOptions {
  readonly host: string;
  /** Names beside `host` that requests may call this platform by. */
  readonly names?: readonly string[] | undefined;
  /** Certificate, with its chain, and key, in PEM; without them the API speaks plain HTTP. */
  readonly tls?: {readonly certificatePem: string; readonly keyPem: string} | undefined;
  /** 0 chooses a free one. */
  readonly port: number;
  readonly version: string;
  readonly ports: ApiPorts;
  /** A failure that is a bug, with the trace id that its caller was given. */
  readonly onBug: BugReport;
}

export interface ApiServer {
  readonly port: number;
  /** Ends streams and idle connections at once. */
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 1024 * 1024;

/** A request has to be there within these times: slow ones hold a socket, not the API, and not for long. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const TIMEOUTS_CHECKED_EVERY_MS = 2000;

/** How long a connection may stay open between two requests. */
const KEEP_ALIVE_MS = 30_000;

/** Above this, new connections are closed at once. */
const CONNECTIONS_MAX = 1000;

/** The longest id that a path can name is a device's, with each character escaped. */
const PARAMETER_CHARACTERS_MAX = 3 * 128;

const ROUTES = [
  metricsRoute,
  deviceRoutes,
  importRoutes,
  lifeRoutes,
  modelRoutes,
  twinRoutes,
  configurationRoutes,
  policyRoutes,
  retentionRoutes,
  exportRoutes,
  credentialRoutes,
  claimRoutes,
  enrolmentRoutes,
  provisionRoutes,
  ingestRoute,
  uploadRoutes,
  deviceUploadRoutes,
  fileRoutes,
  deviceFileRoutes,
  cursorRoutes,
  consumerRoutes,
  consumerFileRoutes,
  deadLetterRoutes,
  commandRoutes,
  eventRoutes,
  queryRoutes,
  statsRoute,
  episodesRoute,
  meRoutes,
  userRoutes,
  tokenRoutes,
  roleRoutes,
  tenantRoutes,
  fleetRoute,
  groupKeyRoutes,
  authorityRoutes,
  banRoutes,
  auditRoutes,
  platformRoutes,
  logRoutes,
  claimChoiceRoutes,
  claimPageRoutes,
];

export async function startApi(options: ApiOptions): Promise<ApiServer> {
  const {host, port, names = [], tls, version, ports, onBug} = options;
  const base = newServer(tls);
  base.setValidatorCompiler(validatorCompiler);
  base.setSerializerCompiler(serializerCompiler);
  const server = base.withTypeProvider<ZodTypeProvider>();
  answerWithProblems(base, onBug);
  measureRequests(base);
  protect(base, ports, [host, ...names]);
  await describeRoutes(base, version);
  const shared: ApiPorts = {...ports, stream: shareReads(ports.stream)};
  server.after(() => {
    for (const routes of ROUTES) routes(server, shared);
    server.route({
      method: 'GET',
      url: '/v1/openapi.json',
      config: {auth: 'none'},
      schema: {hide: true},
      handler: async () => base.swagger(),
    });
  });
  await server.listen({host, port});
  server.server.maxConnections = CONNECTIONS_MAX;
  return {port: (server.server.address() as AddressInfo).port, close: () => closeNow(base)};
}

async function closeNow(server: FastifyInstance): Promise<void> {
  server.server.closeAllConnections();
  await server.close();
}

const newServer = (tls: ApiOptions['tls']): FastifyInstance => {
  const secure: FastifyServerFactory<RawServerDefault> | undefined =
    tls && (handler => httpsServer(tls, handler));
  return fastify<RawServerDefault>({
    ...(secure ? {serverFactory: secure} : {}),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUTS_CHECKED_EVERY_MS},
    forceCloseConnections: true,
    genReqId: () => uuidV7(Date.now()),
    logger: false,
    routerOptions: {maxParamLength: PARAMETER_CHARACTERS_MAX},
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
  });
};

/** Devices may show a certificate of theirs; whether it counts is asked where one is needed. */
function httpsServer(
  {certificatePem: cert, keyPem: key}: NonNullable<ApiOptions['tls']>,
  handler: FastifyServerFactoryHandler<RawServerDefault>,
): RawServerDefault {
  const timeouts = {
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUTS_CHECKED_EVERY_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const certificates = {
    cert,
    key,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
  } as const;
  return createHttpsServer({...timeouts, ...certificates}, handler);
}
