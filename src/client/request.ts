/**
 * HTTP requests, with every failure turned into an error of ours. On `node:http`, as the first use of `fetch` takes
 * twice as long as all the rest of a command.
 */
import type {RequestOptions as HttpOptions, IncomingMessage} from 'node:http';
import {IotctlError, isErrorCode} from '../domain/errors.js';

export interface RequestOptions {
  readonly body?: unknown;
  readonly query?: object;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

export interface Address {
  readonly url: string;
  readonly token: string;
}

const TIMEOUT_MS = 30_000;

/** The text of an answer, all of which has to come in time. */
export function requestText(
  address: Address,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<string> {
  return inTime(address, options, async signal =>
    wholeOf(await answerOf(address, method, path, options, signal)),
  );
}

/** The pieces of an answer that goes on; only its beginning has to come in time. Ends when the signal aborts. */
export async function* requestStream(
  address: Address,
  path: string,
  options: RequestOptions,
): AsyncGenerator<string> {
  const answer = await inTime(address, options, signal => answerOf(address, 'GET', path, options, signal));
  const destroy = (): void => void answer.destroy();
  options.signal?.addEventListener('abort', destroy, {once: true});
  try {
    answer.setEncoding('utf8');
    yield* answer as AsyncIterable<string>;
  } finally {
    options.signal?.removeEventListener('abort', destroy);
    answer.destroy();
  }
}

async function inTime<T>(
  {url}: Address,
  {signal, timeoutMs = TIMEOUT_MS}: RequestOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  try {
    return await work(AbortSignal.any([late.signal, ...(signal ? [signal] : [])]));
  } catch (error) {
    if (error instanceof IotctlError || signal?.aborted) throw error;
    if (late.signal.aborted)
      throw new IotctlError('IOT_TIMED_OUT', `no answer from ${url} within ${timeoutMs} ms`);
    const {code} = error as NodeJS.ErrnoException;
    const why = code === undefined ? '' : ` (${code})`;
    throw new IotctlError('IOT_PLATFORM_UNREACHABLE', `cannot reach a platform at ${url}${why}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function answerOf(
  {url, token}: Address,
  method: string,
  path: string,
  {body, query}: RequestOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    ...(text === undefined
      ? {}
      : {'content-type': 'application/json', 'content-length': Buffer.byteLength(text)}),
  };
  const answer = await send(targetOf(url, path, query), {method, headers, signal}, text);
  if (answer.statusCode! >= 300) throw problemOf(answer.statusCode!, await wholeOf(answer));
  return answer;
}

async function send(target: URL, options: HttpOptions, text: string | undefined): Promise<IncomingMessage> {
  // Only one of the two is ever needed, and TLS takes a while to load.
  const {request} = target.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    request(target, options, resolve).on('error', reject).end(text);
  });
}

function targetOf(url: string, path: string, query: object | undefined): URL {
  const target = new URL(path, url);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) target.searchParams.set(name, String(value));
  }
  return target;
}

async function wholeOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function problemOf(status: number, text: string): IotctlError {
  try {
    const {code, detail} = JSON.parse(text) as {code?: string; detail?: string};
    if (code !== undefined && isErrorCode(code)) return new IotctlError(code, detail ?? code);
  } catch {
    // Not an answer of ours: said below.
  }
  return new IotctlError(
    'IOT_INTERNAL',
    `an answer that is not a platform’s: ${status} ${text.slice(0, 120)}`,
  );
}
