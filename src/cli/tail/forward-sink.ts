/** Sends the events of a tail to an address, in the order of each device. */
import {type DeliveryOptions, deliver} from '../../delivery/event-delivery.js';
import type {Progress} from '../../delivery/progress.js';
import type {CloudEvent} from '../../domain/cloud-event.js';
import type {DeliveryMode} from '../../domain/consumer.js';
import {IotctlError} from '../../domain/errors.js';
import {say} from '../stdout.js';
import {deviceOf} from './event-facts.js';
import type {EventSink} from './event-sink.js';
import {OrderedWork} from './ordered-work.js';

/** Events in one request, where they travel together. */
const BATCH_MAX = 100;

export interface ForwardOptions extends Omit<DeliveryOptions, 'signal'> {
  readonly mode: DeliveryMode;
  readonly atOnce: number;
}

export class ForwardSink implements EventSink {
  readonly #options: ForwardOptions;
  readonly #stop = new AbortController();
  readonly #failed = new AbortController();
  readonly #progress: Progress;
  readonly #work: OrderedWork;
  #batch: CloudEvent[] = [];
  #delivered = 0;

  constructor(options: ForwardOptions, progress: Progress) {
    this.#progress = progress;
    this.#options = options;
    // Batches hold events of many devices: one after the other keeps the order of all.
    this.#work = new OrderedWork(options.mode === 'batch' ? 1 : options.atOnce, () => this.#failed.abort());
  }

  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  async take(event: CloudEvent): Promise<void> {
    this.#progress.begin(event.offset);
    if (this.#options.mode !== 'batch')
      return await this.#work.add(deviceOf(event), () => this.#send([event]));
    this.#batch.push(event);
    // What comes while a request is under way goes with the next one, which is begun when the first of them comes.
    if (this.#batch.length === 1) await this.#work.add('', () => this.#send(this.#batch.splice(0)));
    if (this.#batch.length >= BATCH_MAX) await this.#work.drain();
  }

  async finish(): Promise<void> {
    await this.#work.drain();
    say(`${this.#delivered} events delivered to ${this.#options.url.origin}`);
  }

  async abandon(): Promise<void> {
    this.#stop.abort();
    await this.#work.drain().catch(() => undefined);
  }

  async #send(events: readonly CloudEvent[]): Promise<void> {
    const {mode, ...options} = this.#options;
    try {
      await deliver(events, mode, {...options, signal: this.#stop.signal}, (why, delayMs) =>
        say(`${options.url.origin}: ${why}; again in ${Math.round(delayMs / 100) / 10} s`),
      );
    } catch (error) {
      throw withResume(error, events[0]!.offset - 1);
    }
    this.#delivered += events.length;
    for (const {offset} of events) this.#progress.end(offset);
  }
}

/** Where to go on: what comes before it is delivered, or on its way. */
function withResume(error: unknown, offset: number): unknown {
  if (!(error instanceof IotctlError) || error.code !== 'IOT_FORWARD_FAILED') return error;
  return new IotctlError(
    error.code,
    `${error.message}; the event with offset ${offset + 1} was not delivered`,
    {
      cause: error,
    },
  );
}
