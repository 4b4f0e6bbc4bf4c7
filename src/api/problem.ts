/** Every failure of the API as problem details (RFC 9457) with one of our codes. */
import {STATUS_CODES} from 'node:http';
import type {FastifyError, FastifyInstance, FastifyReply, FastifyRequest} from 'fastify';
import {type ErrorCode, IotctlError} from '../domain/errors.js';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly traceId: string;
}

/** `onBug` is told of what is not an expected failure; the caller learns only the trace id. */
export function answerWithProblems(
  server: FastifyInstance,
  onBug: (error: Error, request: FastifyRequest) => void,
): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const known = toIotctlError(error);
    if (known.code === 'IOT_INTERNAL') onBug(error, request);
    return sendProblem(request, reply, known);
  });
  server.setNotFoundHandler((request, reply) =>
    sendProblem(
      request,
      reply,
      new IotctlError('IOT_NOT_FOUND', `nothing at ${request.method} ${pathOf(request)}`),
    ),
  );
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: IotctlError): FastifyReply {
  const status = error.status;
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.message,
    code: error.code,
    traceId: request.id,
  };
  return reply
    .status(status)
    .header('content-type', 'application/problem+json')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(problem);
}

const pathOf = (request: FastifyRequest): string => request.url.split('?')[0]!.slice(0, 200);

/** Translates Fastify's own errors at its border, so that no other layer looks at them. */
function toIotctlError(error: FastifyError): IotctlError {
  if (error instanceof IotctlError) return error;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new IotctlError('IOT_PAYLOAD_TOO_LARGE', error.message);
  if (error.validation || (error.statusCode !== undefined && error.statusCode < 500)) {
    return new IotctlError('IOT_REQUEST_INVALID', error.message.slice(0, 500));
  }
  return new IotctlError('IOT_INTERNAL', 'an unexpected failure; the log has its trace id');
}
