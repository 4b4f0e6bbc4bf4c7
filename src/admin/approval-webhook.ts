/**
 * Asks somebody's webhook whether a device may register. Each request is signed (`iotctl-signature: t={Unix seconds},v1={hex
 * HMAC-SHA-256 of "{t}.{body}"}`), ends after five seconds, is tried three times, and is believed only when the answer
 * is 200 with `{"allow":true}` or `{"allow":false,"reason":…}`. Anything else is no answer: the device goes on waiting.
 */
import {createHmac} from 'node:crypto';
import {request as httpRequest, type IncomingMessage} from 'node:http';
import {request as httpsRequest} from 'node:https';
import {setTimeout as sleep} from 'node:timers/promises';
import {publicOnly, requirePublicHost} from '../domain/public-lookup.js';

export interface WebhookCall {
  readonly url: string;
  /** Base64. */
  readonly key: string;
  readonly allowPrivate: boolean;
  readonly body: unknown;
}

export type WebhookDecision =
  | {readonly allow: true}
  | {readonly allow: false; readonly reason: string | undefined};

export interface WebhookOptions {
  readonly clock: () => number;
  readonly retryDelaysMs?: readonly number[] | undefined;
  /** Nobody waits for an answer any more. */
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 5000;
const RETRY_DELAYS_MS = [1000, 4000];
const ANSWER_BYTES_MAX = 16 * 1024;
const REASON_CHARACTERS_MAX = 200;

/** Throws the last failure once every try has failed. */
export async function askWebhook(
  call: WebhookCall,
  {clock, retryDelaysMs = RETRY_DELAYS_MS, signal}: WebhookOptions,
): Promise<WebhookDecision> {
  for (let failed = 0; ; failed++) {
    try {
      return await askOnce(call, clock(), signal);
    } catch (error) {
      const delayMs = retryDelaysMs[failed];
      if (delayMs === undefined || signal?.aborted) throw error;
      await sleep(delayMs, undefined, {ref: false, ...(signal && {signal})});
    }
  }
}

async function askOnce(
  {url, key, allowPrivate, body}: WebhookCall,
  nowMs: number,
  signal: AbortSignal | undefined,
): Promise<WebhookDecision> {
  const target = new URL(url);
  const text = JSON.stringify(body);
  const seconds = Math.floor(nowMs / 1000);
  const mac = createHmac('sha256', Buffer.from(key, 'base64')).update(`${seconds}.${text}`).digest('hex');
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  if (!allowPrivate) requirePublicHost(target);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    send(
      target,
      {
        method: 'POST',
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]),
        lookup: allowPrivate ? undefined : publicOnly,
        agent: false,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          'iotctl-signature': `t=${seconds},v1=${mac}`,
        },
      },
      resolve,
    )
      .on('error', reject)
      .end(text);
  });
  return decisionIn(answer.statusCode ?? 0, await textOf(answer));
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('the webhook’s answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function decisionIn(status: number, text: string): WebhookDecision {
  if (status !== 200) throw new Error(`the webhook answered ${status}`);
  const {allow, reason} = JSON.parse(text) as {allow?: unknown; reason?: unknown};
  if (allow === true) return {allow};
  if (allow !== false) throw new Error('the webhook’s answer says nothing of "allow"');
  return {allow, reason: typeof reason === 'string' ? reason.slice(0, REASON_CHARACTERS_MAX) : undefined};
}
