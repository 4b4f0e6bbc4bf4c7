/**
 * One attempt to send CloudEvents over HTTP (cloudevents/spec, HTTP protocol binding 1.0.2) to somebody's address.
 */
import {request as httpRequest, type IncomingMessage} from 'node:http';
import {request as httpsRequest} from 'node:https';
import type {CloudEvent} from '../domain/cloud-event.js';
import type {DeliveryMode} from '../domain/consumer.js';
import {IotctlError} from '../domain/errors.js';
import {AddressNotPublic, publicOnly, requirePublicHost} from '../domain/public-lookup.js';
import {signedHeaders} from '../domain/webhook-signature.js';

export interface AttemptOptions {
  readonly url: URL;
  /** What is signed with; without it nothing is. */
  readonly key: Uint8Array | undefined;
  readonly allowPrivate: boolean;
  /** The value of that header, if there is any. */
  readonly authorization?: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Message {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What a receiver may ask for with `Retry-After`. */
const RETRY_AFTER_MS_MAX = 300_000;

/** What became of one attempt that did not succeed. `again` is whether another one may. */
export interface Failure {
  readonly why: string;
  readonly again: boolean;
  readonly afterMs?: number | undefined;
  /** What it answered; undefined without an answer. */
  readonly status?: number | undefined;
  /** There was none in time. */
  readonly timedOut?: boolean | undefined;
}

/** Sends it once. Throws `IOT_ADDRESS_PRIVATE`. */
export async function attempt(message: Message, options: AttemptOptions): Promise<'delivered' | Failure> {
  let answer: IncomingMessage;
  try {
    answer = await post(message, options);
  } catch (error) {
    if (error instanceof AddressNotPublic)
      throw new IotctlError('IOT_ADDRESS_PRIVATE', `${options.url.host}: ${error.message}`, {cause: error});
    const {message: why, code, cause} = error as NodeJS.ErrnoException;
    // An aborted request says why in its cause.
    const timedOut = (cause as Error | undefined)?.name === 'TimeoutError';
    if (timedOut)
      return {why: `it did not answer within ${options.timeoutMs / 1000} s`, again: true, timedOut};
    return {why: why || code || 'it failed', again: true};
  }
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return 'delivered';
  const again = status >= 500 || [408, 425, 429].includes(status);
  return {why: `it answered ${status}`, again, status, afterMs: retryAfterMs(answer.headers['retry-after'])};
}

async function post({id, headers, body}: Message, options: AttemptOptions): Promise<IncomingMessage> {
  const {url, key, allowPrivate, authorization, timeoutMs, signal} = options;
  if (!allowPrivate) requirePublicHost(url);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const signed = signedHeaders(key, {id, timeMs: Date.now(), body});
  return await new Promise<IncomingMessage>((resolve, reject) => {
    send(
      url,
      {
        method: 'POST',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        lookup: allowPrivate ? undefined : publicOnly,
        headers: {
          'user-agent': 'iotctl',
          ...headers,
          'content-length': body.length,
          ...signed,
          ...(authorization === undefined ? {} : {authorization}),
        },
      },
      // What it says is not asked for; the connection is free again once that has been read.
      answer => resolve(answer.resume()),
    )
      .on('error', reject)
      .end(body);
  });
}

export function messageOf(events: readonly CloudEvent[], mode: DeliveryMode): Message {
  const id = idOf(events);
  const [event] = events;
  if (mode === 'binary' && event !== undefined) return {id, ...binaryOf(event)};
  const text = JSON.stringify(mode === 'batch' ? events : event);
  const type = mode === 'batch' ? 'application/cloudevents-batch+json' : 'application/cloudevents+json';
  return {id, headers: {'content-type': `${type}; charset=UTF-8`}, body: Buffer.from(text)};
}

/** The tenant and the offsets: the same whenever it is sent again. */
function idOf(events: readonly CloudEvent[]): string {
  const [first, last] = [events[0]!, events.at(-1)!];
  const tenant = first.source.split('/')[2] || 'platform';
  return events.length === 1 ? `${tenant}:${first.offset}` : `${tenant}:${first.offset}-${last.offset}`;
}

function binaryOf(event: CloudEvent): Omit<Message, 'id'> {
  const {data, data_base64: bytes, datacontenttype, ...attributes} = event;
  const headers = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`ce-${name}`, percentEncoded(String(value))]),
  );
  const body = bytes === undefined ? Buffer.from(JSON.stringify(data) ?? '') : Buffer.from(bytes, 'base64');
  return {headers: {'content-type': datacontenttype, ...headers}, body};
}

/** HTTP binding 3.1.3.2: everything but printable ASCII, and space, double quote and percent. */
const percentEncoded = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[^\x21\x23\x24\x26-\x7e]+/g, part =>
      [...Buffer.from(part)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
    );

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), RETRY_AFTER_MS_MAX);
}
