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

/** The JSON of an answer; undefined where it has no content. */
export async function requestJson(
  address: Address,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<unknown> {
  const {status, text} = await inTime(address, options, async signal => {
    const answer = await answerOf(address, method, path, options, signal);
    return {status: answer.statusCode!, text: await wholeOf(answer)};
  });
  if (status === 204) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw foreignAnswer(status, text);
  }
}

/**
 * The pieces of an answer that goes on; only its beginning has to come in time. Ends when the signal aborts; throws
 * `IOT_PLATFORM_UNREACHABLE` when the connection is lost.
 */
export async function* requestStream(
  address: Address,
  path: string,
  options: RequestOptions,
): AsyncGenerator<string> {
  if (options.signal?.aborted) return;
  const answer = await inTime(address, options, signal => answerOf(address, 'GET', path, options, signal));
  const destroy = (): void => void answer.destroy();
  options.signal?.addEventListener('abort', destroy, {once: true});
  try {
    answer.setEncoding('utf8');
    yield* answer as AsyncIterable<string>;
  } catch (error) {
    if (options.signal?.aborted) return;
    throw unreachable(`the connection to ${address.url} was lost`, error);
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
    throw unreachable(`cannot reach a platform at ${url}`, error);
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
  const target = new URL(url);
  const answer = await send(target, {method, headers, signal, path: pathAt(target, path, query)}, text);
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

/** Not made by `URL`, which takes `..` for the way up even where it is an id (WHATWG URL, 4.4). */
function pathAt({pathname}: URL, path: string, query: object | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value));
  }
  return pathname.replace(/\/$/, '') + path + (search.size > 0 ? `?${search.toString()}` : '');
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
  return foreignAnswer(status, text);
}

const foreignAnswer = (status: number, text: string): IotctlError =>
  new IotctlError('IOT_INTERNAL', `an answer that is not a platform’s: ${status} ${text.slice(0, 120)}`);

function unreachable(message: string, cause: unknown): IotctlError {
  const {code} = cause as NodeJS.ErrnoException;
  const why = code === undefined ? '' : ` (${code})`;
  return new IotctlError('IOT_PLATFORM_UNREACHABLE', message + why, {cause});
}
