import type {FastifyReply} from 'fastify';
import {ERRORS, type ErrorCode} from '../../src/domain/errors.js';

export const NOW = '2026-01-31T12:00:00.000Z';

/** RFC 9457. */
export const problem = (reply: FastifyReply, code: ErrorCode, detail: string) =>
  reply
    .code(ERRORS[code].status)
    .type('application/problem+json')
    .send({type: 'about:blank', title: code, status: ERRORS[code].status, code, detail, traceId: 'trace'});
