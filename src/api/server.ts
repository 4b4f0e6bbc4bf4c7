/** The HTTP API: routes over the parts of the platform, described by an OpenAPI document at /v1/openapi.json. */
import type {AddressInfo} from 'node:net';
import swagger from '@fastify/swagger';
import fastify, {type FastifyBaseLogger, type FastifyInstance, type RawServerDefault} from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import {uuidV7} from '../domain/uuid.js';
import type {ApiPorts} from './ports.js';
import {answerWithProblems} from './problem.js';
import {commandRoutes} from './routes/commands.js';
import {deviceRoutes} from './routes/devices.js';
import {eventRoutes} from './routes/events.js';
import {platformRoutes} from './routes/platform.js';
import {tokenRoutes} from './routes/tokens.js';
import {protect} from './security.js';
import {shareReads} from './shared-reader.js';

export type Server = FastifyInstance<
  RawServerDefault,
  import('node:http').IncomingMessage,
  import('node:http').ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface ApiOptions {
  readonly host: string;
  /** 0 chooses a free one. */
  readonly port: number;
  readonly version: string;
  readonly ports: ApiPorts;
  /** A failure that is a bug, with the trace id that its caller was given. */
  readonly onBug: (error: Error, traceId: string) => void;
}

export interface ApiServer {
  readonly port: number;
  /** Ends streams and idle connections at once. */
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 1024 * 1024;

/** A request has to be there within this time: slow ones hold a socket, not the API. */
const REQUEST_TIMEOUT_MS = 30_000;

export async function startApi({host, port, version, ports, onBug}: ApiOptions): Promise<ApiServer> {
  const base = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    genReqId: () => uuidV7(Date.now()),
    logger: false,
    routerOptions: {maxParamLength: 256},
  });
  base.setValidatorCompiler(validatorCompiler);
  base.setSerializerCompiler(serializerCompiler);
  const server = base.withTypeProvider<ZodTypeProvider>();
  answerWithProblems(base, (error, request) => onBug(error, request.id));
  protect(base, ports, host);
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {title: 'iotctl', version, description: 'An IoT platform on one machine.'},
      components: {
        securitySchemes: {token: {type: 'http', scheme: 'bearer'}, device: {type: 'http', scheme: 'basic'}},
      },
      security: [{token: []}],
    },
    transform: jsonSchemaTransform,
  });
  const shared: ApiPorts = {...ports, stream: shareReads(ports.stream)};
  server.after(() => {
    for (const routes of [deviceRoutes, commandRoutes, tokenRoutes, eventRoutes, platformRoutes])
      routes(server, shared);
    server.route({
      method: 'GET',
      url: '/v1/openapi.json',
      config: {auth: 'none'},
      schema: {hide: true},
      handler: async () => base.swagger(),
    });
  });
  await server.listen({host, port});
  return {port: (server.server.address() as AddressInfo).port, close: () => closeNow(base)};
}

async function closeNow(server: FastifyInstance): Promise<void> {
  server.server.closeAllConnections();
  await server.close();
}
