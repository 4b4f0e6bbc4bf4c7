/**
 * HTTP requests, with every failure turned into an error of ours. On `node:http`, as the first use of `fetch` takes
 * twice as long as all the rest of a command.
 */
import type {RequestOptions as HttpOptions, IncomingMessage} from 'node:http';
import {IotctlError} from '../domain/errors.js';
import {foreignAnswer, outcomeOf, problemOf, traceOf, wholeOf} from './answer.js';
import {type BeginChange, isChange} from './changes.js';
import type {TlsOptions, Trust} from './trust.js';

export interface RequestOptions {
  readonly body?: unknown;
  /** Sent as they are, instead of a body of JSON. */
  readonly bytes?: Uint8Array;
  readonly query?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

export interface Address {
  readonly url: string;
  /** Or where it comes from; asked once a request is really made. */
  readonly token: string | (() => Promise<string>);
  /** Without it, the CAs of the system are trusted. */
  readonly trust?: Trust | undefined;
  /** Called before a request that changes something, which it may prevent by throwing. */
  readonly beginChange?: BeginChange | undefined;
}

const TIMEOUT_MS = 30_000;
const SYSTEM_TRUST: Trust = {};

/** The JSON of an answer; undefined where it has no content. */
export async function requestJson(
  address: Address,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<unknown> {
  if (!isChange(method, path)) return (await exchange(address, method, path, options)).json;
  const end = await address.beginChange?.(method, path);
  try {
    const {status, json} = await exchange(address, method, path, options);
    end?.({outcome: 'done', status, code: null, traceId: traceOf(json)});
    return json;
  } catch (error) {
    end?.(outcomeOf(error));
    throw error;
  }
}

async function exchange(
  address: Address,
  method: string,
  path: string,
  options: RequestOptions,
): Promise<{status: number; json: unknown}> {
  // A command that asks a person for the token takes its own time.
  const token = await tokenOf(address);
  const {status, text} = await inTime(address, options, async signal => {
    const answer = await answerOf({...address, token}, method, path, options, signal);
    return {status: answer.statusCode!, text: await wholeOf(answer)};
  });
  if (status === 204) return {status, json: undefined};
  try {
    return {status, json: JSON.parse(text) as unknown};
  } catch {
    throw foreignAnswer(status, text);
  }
}

/** An answer that goes on; only its beginning has to come in time. */
export async function requestAnswer(
  address: Address,
  method: string,
  path: string,
  options: RequestOptions,
): Promise<IncomingMessage> {
  const token = await tokenOf(address);
  return await inTime(address, options, signal =>
    answerOf({...address, token}, method, path, options, signal),
  );
}

/** The pieces of a text that goes on. Ends when the signal aborts; throws `IOT_PLATFORM_UNREACHABLE` when it breaks off. */
export async function* requestStream(
  address: Address,
  path: string,
  options: RequestOptions,
): AsyncGenerator<string> {
  if (options.signal?.aborted) return;
  const answer = await requestAnswer(address, 'GET', path, options);
  yield* streamOf<string>(address, answer.setEncoding('utf8'), options.signal);
}

/** The pieces of an answer, with the same ends. */
export async function* streamOf<Piece>(
  {url}: Address,
  answer: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Piece> {
  const destroy = (): void => void answer.destroy();
  if (signal?.aborted) destroy();
  signal?.addEventListener('abort', destroy, {once: true});
  try {
    yield* answer as AsyncIterable<Piece>;
  } catch (error) {
    if (signal?.aborted) return;
    throw unreachable(`the connection to ${url} was lost`, error);
  } finally {
    signal?.removeEventListener('abort', destroy);
    answer.destroy();
  }
}

/**
 * A file that is answered, as it comes; only its beginning has to come in time. The bytes end as a whole or throw
 * `IOT_PLATFORM_UNREACHABLE`.
 */
export async function requestFile(
  address: Address,
  path: string,
  options: RequestOptions,
): Promise<{header: (name: string) => string | undefined; bytes: AsyncIterable<Uint8Array>}> {
  const token = await tokenOf(address);
  const answer = await inTime(address, options, signal =>
    answerOf({...address, token}, 'GET', path, options, signal),
  );
  return {
    header: name => answer.headers[name] as string | undefined,
    bytes: wholeFile(answer, address.url),
  };
}

async function* wholeFile(answer: IncomingMessage, url: string): AsyncGenerator<Uint8Array> {
  try {
    yield* answer as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw unreachable(`the connection to ${url} was lost`, error);
  } finally {
    answer.destroy();
  }
}

const tokenOf = async ({token}: Address): Promise<string> => (typeof token === 'string' ? token : token());

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
    throw (await certificateError(url, error)) ?? unreachable(`cannot reach a platform at ${url}`, error);
  } finally {
    clearTimeout(timer);
  }
}

async function answerOf(
  {url, token, trust}: Address & {readonly token: string},
  method: string,
  path: string,
  {body, bytes, query, headers: more}: RequestOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const content = bytes ?? (body === undefined ? undefined : JSON.stringify(body));
  const headers = {
    authorization: `Bearer ${token}`,
    ...(content === undefined
      ? {}
      : {
          'content-type': bytes ? 'application/octet-stream' : 'application/json',
          'content-length': Buffer.byteLength(content),
        }),
    ...more,
  };
  const target = new URL(url);
  const trusted = await trustedBy(target, trust);
  const request = {...trusted, method, headers, signal, path: pathAt(target, path, query)};
  const answer = await send(target, request, content);
  if (answer.statusCode! >= 300) throw problemOf(answer.statusCode!, await wholeOf(answer));
  return answer;
}

async function send(
  target: URL,
  options: HttpOptions,
  content: string | Uint8Array | undefined,
): Promise<IncomingMessage> {
  // Only one of the two is ever needed, and TLS takes a while to load.
  const {request} = target.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    request(target, options, resolve).on('error', reject).end(content);
  });
}

/** The pinned certificate is looked for once, not for each request. */
const trustedAddresses = new WeakMap<Trust, Promise<TlsOptions>>();

async function trustedBy(
  {protocol, href}: URL,
  trust: Trust = SYSTEM_TRUST,
): Promise<TlsOptions | undefined> {
  if (protocol !== 'https:') return undefined;
  const {tlsOptions} = await import('./trust.js');
  const known = trustedAddresses.get(trust) ?? tlsOptions(href, trust);
  trustedAddresses.set(trust, known);
  // A server that could not be reached may be back for the next request.
  known.catch(() => trustedAddresses.delete(trust));
  return known;
}

async function certificateError(url: string, error: unknown): Promise<IotctlError | undefined> {
  if (!url.startsWith('https:')) return undefined;
  const {untrusted} = await import('./tls-errors.js');
  return untrusted(new URL(url).host, error);
}

/** Not made by `URL`, which takes `..` for the way up even where it is an id (WHATWG URL, 4.4). */
function pathAt({pathname}: URL, path: string, query: object | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value));
  }
  return pathname.replace(/\/$/, '') + path + (search.size > 0 ? `?${search.toString()}` : '');
}

function unreachable(message: string, cause: unknown): IotctlError {
  const {code} = cause as NodeJS.ErrnoException;
  const why = code === undefined ? '' : ` (${code})`;
  return new IotctlError('IOT_PLATFORM_UNREACHABLE', message + why, {cause});
}
