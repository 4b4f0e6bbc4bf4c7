/** Sends events to an address, as CloudEvents over HTTP, signed by Standard Webhooks. */
import {attempt, type Failure as HttpFailure, messageOf} from '../delivery/http-attempt.js';
import {toCloudEvent} from '../domain/cloud-event.js';
import type {DeliveryMode} from '../domain/consumer.js';
import {IotctlError} from '../domain/errors.js';
import type {StoredEvent} from '../domain/event.js';
import {parseSigningSecret} from '../domain/webhook-signature.js';
import type {Blame, Failure, Sink} from './sink.js';

export interface WebhookOptions {
  readonly url: URL;
  readonly mode: DeliveryMode;
  readonly allowPrivate: boolean;
  readonly signingSecret: string;
  readonly authorization: string | undefined;
  readonly timeoutMs: number;
}

const BATCH_MAX = 100;
const AT_ONCE_MAX = 64;

/** It takes nothing just now: too many requests, or what stands before it found nobody behind (RFC 9110, 15.6). */
const AWAY_STATUSES: readonly number[] = [408, 425, 429, 502, 503, 504];

export class WebhookSink implements Sink {
  readonly batchMax: number;
  readonly atOnceMax = AT_ONCE_MAX;
  readonly #options: WebhookOptions;
  readonly #key: Buffer;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#key = parseSigningSecret(options.signingSecret);
    this.batchMax = options.mode === 'batch' ? BATCH_MAX : 1;
  }

  async deliver(events: readonly StoredEvent[], signal: AbortSignal): Promise<Failure | undefined> {
    const {mode, ...options} = this.#options;
    try {
      const message = messageOf(events.map(toCloudEvent), mode);
      const outcome = await attempt(message, {...options, key: this.#key, signal});
      return outcome === 'delivered' ? undefined : failureOf(outcome);
    } catch (error) {
      // It may mean another address in a while.
      if (error instanceof IotctlError) return {blame: 'away', why: error.message};
      return {blame: 'refused', why: (error as Error).message};
    }
  }

  async close(): Promise<void> {}
}

const failureOf = (failure: HttpFailure): Failure => ({
  blame: blameOf(failure),
  why: failure.why,
  afterMs: failure.afterMs,
});

function blameOf({status, timedOut}: HttpFailure): Blame {
  if (status === undefined) return timedOut ? 'unclear' : 'away';
  if (AWAY_STATUSES.includes(status)) return 'away';
  return status >= 500 ? 'unclear' : 'refused';
}
