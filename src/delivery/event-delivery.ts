/** Delivers events to an address, and tries again where that may help. */
import {setTimeout as sleep} from 'node:timers/promises';
import type {CloudEvent} from '../domain/cloud-event.js';
import type {DeliveryMode} from '../domain/consumer.js';
import {IotctlError} from '../domain/errors.js';
import {backoffMs} from './backoff.js';
import {type AttemptOptions, attempt, messageOf} from './http-attempt.js';

export interface DeliveryOptions extends AttemptOptions {
  /** How often it is tried again, and the wait before the first of them; each next one is twice as long, at most 30 s. */
  readonly retries: number;
  readonly retryDelayMs: number;
}

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

const failed = (url: URL, why: string): IotctlError =>
  new IotctlError('IOT_FORWARD_FAILED', `${url.origin} does not take events: ${why}`);
