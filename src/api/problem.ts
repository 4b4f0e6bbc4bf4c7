/** Every failure of the API as problem details (RFC 9457) with one of our codes. */
import {STATUS_CODES} from 'node:http';
import type {Socket} from 'node:net';
import type {FastifyError, FastifyInstance, FastifyReply, FastifyRequest} from 'fastify';
import type {z} from 'zod';
import {IotctlError} from '../domain/errors.js';
import {uuidV7} from '../domain/uuid.js';
import type {problemSchema} from './schemas.js';

type Problem = z.output<typeof problemSchema>;

const DETAIL_CHARACTERS_MAX = 500;

declare module 'fastify' {
  interface FastifyReply {
    /** With which code the request failed, if it did. */
    problemCode: string | undefined;
  }
  interface FastifyInstance {
    /** What the caller may know of a failure; one that was not expected is reported, and only its trace id told. */
    translate(error: unknown, traceId: string): IotctlError;
  }
}

export type BugReport = (error: Error, traceId: string) => void;

export function answerWithProblems(server: FastifyInstance, onBug: BugReport): void {
  server.decorate('translate', (error: unknown, traceId: string) => {
    if (error instanceof IotctlError) return error;
    onBug(error instanceof Error ? error : new Error(String(error)), traceId);
    return new IotctlError('IOT_INTERNAL', `an unexpected failure; the log has more under ${traceId}`);
  });
  server.decorateReply('problemCode', undefined);
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const {known, status} = foreign(error) ?? {known: server.translate(error, request.id)};
    if (known.status === 401) reply.header('www-authenticate', schemeOf(request));
    if (known.retryAfterSec !== undefined) reply.header('retry-after', known.retryAfterSec);
    return sendProblem(reply, problemOf(known, request.id, status));
  });
  server.setNotFoundHandler((request, reply) => {
    const nothing = new IotctlError('IOT_NOT_FOUND', `nothing at ${request.method} ${pathOf(request)}`);
    return sendProblem(reply, problemOf(nothing, request.id));
  });
}

/** Requests that do not come as far as a route, such as those whose URL cannot be decoded. */
export function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const {known, status} = foreign(error) ?? {known: new IotctlError('IOT_REQUEST_INVALID', error.message)};
  void sendProblem(reply, problemOf(known, request.id, status));
}

/** What is not HTTP, or comes too slowly: the parser gave up, so the answer is written by hand. */
export function answerClientError({code}: NodeJS.ErrnoException, socket: Socket): void {
  // Behind an answer that has begun there is no place for another one.
  if (!socket.writable || socket.bytesWritten > 0 || code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const invalid = new IotctlError(
    'IOT_REQUEST_INVALID',
    `not a request that can be read (${code ?? 'unknown'})`,
  );
  const body = JSON.stringify(problemOf(invalid, uuidV7(Date.now()), status));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`,
  );
  socket.destroySoon();
}

function problemOf(error: IotctlError, traceId: string, status = error.status): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.message.slice(0, DETAIL_CHARACTERS_MAX),
    code: error.code,
    traceId,
  };
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  reply.problemCode = problem.code;
  return reply
    .status(problem.status)
    .headers({
      'content-type': 'application/problem+json',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    .serializer((value: unknown) => JSON.stringify(value))
    .send(problem);
}

const schemeOf = (request: FastifyRequest): string =>
  request.routeOptions.config.auth === 'device' ? 'Basic realm="iotctl"' : 'Bearer';

const pathOf = (request: FastifyRequest): string => request.url.split('?')[0]!.slice(0, 200);

/** Translates Fastify's own errors at its border, so that no other layer looks at them; their status stays. */
function foreign(error: Partial<FastifyError>): {known: IotctlError; status?: number} | undefined {
  if (error instanceof IotctlError) return undefined;
  const {code, statusCode: status, message = ''} = error;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return {known: new IotctlError('IOT_PAYLOAD_TOO_LARGE', message)};
  if (status === undefined || status < 400 || status >= 500) return undefined;
  return {known: new IotctlError('IOT_REQUEST_INVALID', message), status};
}
