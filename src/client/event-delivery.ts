/**
 * CloudEvents over HTTP (cloudevents/spec, HTTP protocol binding 1.0.2) to somebody's address, tried again where that
 * may help.
 */
import {request as httpRequest, type IncomingMessage} from 'node:http';
import {request as httpsRequest} from 'node:https';
import {setTimeout as sleep} from 'node:timers/promises';
import type {CloudEvent} from '../domain/cloud-event.js';
import {IotctlError} from '../domain/errors.js';
import {AddressNotPublic, publicOnly, requirePublicHost} from '../domain/public-lookup.js';
import {signedHeaders} from '../domain/webhook-signature.js';

export interface DeliveryOptions {
  readonly url: URL;
  /** What is signed with; without it nothing is. */
  readonly key: Uint8Array | undefined;
  readonly allowPrivate: boolean;
  /** How often it is tried again, and the wait before the first of them; each next one is twice as long, at most 30 s. */
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How events travel: in a JSON document each, several in one, or as headers and data. */
export type DeliveryMode = 'structured' | 'batch' | 'binary';

interface Message {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const DELAY_MS_MAX = 30_000;

/** What a receiver may ask for with `Retry-After`. */
const RETRY_AFTER_MS_MAX = 300_000;

/**
 * Delivers all of them at once. Throws `IOT_FORWARD_FAILED` when the receiver refuses them or every try has failed,
 * `IOT_ADDRESS_PRIVATE` for an address that is not public. `onRetry` hears why it is tried again, and when.
 */
export async function deliver(
  events: readonly CloudEvent[],
  mode: DeliveryMode,
  options: DeliveryOptions,
  onRetry: (why: string, delayMs: number) => void = () => {},
): Promise<void> {
  const message = messageOf(events, mode);
  for (let tried = 0; ; tried++) {
    const outcome = await attempt(message, options);
    if (outcome === 'delivered') return;
    const {why, again, afterMs} = outcome;
    if (options.signal.aborted) throw failed(options.url, why);
    if (!again || tried >= options.retries)
      throw failed(options.url, again && tried > 0 ? `${why}, after ${tried + 1} tries` : why);
    const delayMs = afterMs ?? backoffMs(tried, options.retryDelayMs);
    onRetry(why, delayMs);
    await sleep(delayMs, undefined, {signal: options.signal}).catch(() => undefined);
    if (options.signal.aborted) throw failed(options.url, why);
  }
}

/** Anything between half and all of it: many that failed together do not come back together. */
const backoffMs = (tried: number, firstMs: number): number =>
  Math.min(DELAY_MS_MAX, firstMs * 2 ** tried) * (0.5 + Math.random() / 2);

interface Failure {
  readonly why: string;
  readonly again: boolean;
  readonly afterMs?: number | undefined;
}

async function attempt(message: Message, options: DeliveryOptions): Promise<'delivered' | Failure> {
  let answer: IncomingMessage;
  try {
    answer = await post(message, options);
  } catch (error) {
    if (error instanceof AddressNotPublic)
      throw new IotctlError('IOT_ADDRESS_PRIVATE', `${options.url.host}: ${error.message}`, {cause: error});
    return {
      why: (error as Error).message || (error as NodeJS.ErrnoException).code || 'it failed',
      again: true,
    };
  }
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return 'delivered';
  const again = status >= 500 || [408, 425, 429].includes(status);
  return {why: `it answered ${status}`, again, afterMs: retryAfterMs(answer.headers['retry-after'])};
}

async function post({id, headers, body}: Message, options: DeliveryOptions): Promise<IncomingMessage> {
  const {url, key, allowPrivate, timeoutMs, signal} = options;
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
        headers: {'user-agent': 'iotctl', ...headers, 'content-length': body.length, ...signed},
      },
      // What it says is not asked for; the connection is free again once that has been read.
      answer => resolve(answer.resume()),
    )
      .on('error', reject)
      .end(body);
  });
}

function messageOf(events: readonly CloudEvent[], mode: DeliveryMode): Message {
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

const failed = (url: URL, why: string): IotctlError =>
  new IotctlError('IOT_FORWARD_FAILED', `${url.origin} does not take events: ${why}`);
