/** What an HTTP answer says, also when it is a failure (RFC 9457) or not a platform's. */
import type {IncomingMessage} from 'node:http';
import {type ErrorCode, IotctlError, isErrorCode} from '../domain/errors.js';
import type {ChangeOutcome} from './changes.js';

/** A failure that came as an answer. */
class AnsweredError extends IotctlError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly answerStatus: number,
    readonly traceId: string | null,
  ) {
    super(code, message);
  }
}

export async function wholeOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

export function problemOf(status: number, text: string): IotctlError {
  try {
    const problem = JSON.parse(text) as {code?: string; detail?: string; traceId?: unknown};
    const {code, detail} = problem;
    if (code !== undefined && isErrorCode(code)) {
      return new AnsweredError(code, detail ?? code, status, traceOf(problem));
    }
  } catch {
    // Not an answer of ours: said below.
  }
  return foreignAnswer(status, text);
}

export const foreignAnswer = (status: number, text: string): IotctlError =>
  new AnsweredError(
    'IOT_INTERNAL',
    `an answer that is not a platform’s: ${status} ${text.slice(0, 120)}`,
    status,
    null,
  );

/** The id under which the platform's log knows the request, where the answer has one. */
export function traceOf(json: unknown): string | null {
  const {traceId} = (json ?? {}) as {traceId?: unknown};
  return typeof traceId === 'string' ? traceId : null;
}

/** What became of a request that failed. */
export function outcomeOf(error: unknown): ChangeOutcome {
  const code = error instanceof IotctlError ? error.code : 'IOT_INTERNAL';
  return error instanceof AnsweredError
    ? {outcome: 'refused', status: error.answerStatus, code, traceId: error.traceId}
    : {outcome: 'unknown', status: null, code, traceId: null};
}
