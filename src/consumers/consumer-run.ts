/** One consumer at work: reads its tenant's events behind its cursor, and moves it over what is delivered or put aside. */
import {setTimeout as sleep} from 'node:timers/promises';
import {backoffMs} from '../delivery/backoff.js';
import {Progress} from '../delivery/progress.js';
import {tail} from '../tail/tail.js';
import {chosenEvents} from './chosen-events.js';
import {Deliveries} from './deliveries.js';
import type {Waiting} from './device-queues.js';
import type {ConsumerPorts, ConsumerSpec, Progressed} from './ports.js';
import {Replays} from './replays.js';
import type {Sink} from './sink.js';
import type {Tally} from './tally.js';

const BATCH_MAX = 500;

const FIRST_RETRY_MS = 500;

/** Retention is asked about again when nothing was read for so long. */
const STALE_READING_MS = 3_600_000;

export interface RunParts {
  readonly spec: ConsumerSpec;
  readonly sink: Sink;
  readonly ports: ConsumerPorts;
  readonly tally: Tally;
  readonly firstRetryMs?: number | undefined;
}

export class ConsumerRun {
  readonly spec: ConsumerSpec;
  readonly #sink: Sink;
  readonly #ports: ConsumerPorts;
  readonly #firstRetryMs: number;
  readonly #progress = new Progress();
  readonly #deliveries: Deliveries;
  readonly #replays: Replays;
  /** No more is begun. */
  readonly #ending = new AbortController();
  #readTo: number;
  #readingFault: string | null = null;
  #work: Promise<unknown> = Promise.resolve();

  constructor({spec, sink, ports, tally, firstRetryMs = FIRST_RETRY_MS}: RunParts) {
    this.#firstRetryMs = firstRetryMs;
    this.spec = spec;
    this.#sink = sink;
    this.#ports = ports;
    this.#readTo = spec.offset;
    this.#progress.passed(spec.offset);
    const ending = this.#ending.signal;
    const onDone = (waiting: Waiting): void => this.#done(waiting);
    this.#deliveries = new Deliveries({spec, sink, ports, tally, firstRetryMs, ending, onDone});
    this.#replays = new Replays({of: spec, ports, deliveries: this.#deliveries, ending});
  }

  start(): void {
    this.#work = this.#read().catch((error: Error) => this.#ports.onFault(error));
    this.#replays.look();
  }

  /** What was put aside may be wanted again. */
  replay(): void {
    this.#replays.look();
  }

  /** Begins nothing more, and lets what is under way end for so long. Where it has come is in `progressed` then. */
  async stop(graceMs: number): Promise<void> {
    this.#ending.abort();
    await this.#deliveries.end(graceMs);
    await Promise.all([this.#work, this.#replays.ended()]);
    await this.#sink.close().catch((error: Error) => this.#ports.onFault(error));
  }

  /** Where it is now. */
  progressed(): Progressed {
    const {tenant, name, epoch, offset} = this.spec;
    const doneUpTo = Math.max(offset, this.#progress.doneUpTo ?? offset);
    const caughtUp = doneUpTo >= this.#ports.stream.head() - 1;
    const {problem = caughtUp ? null : undefined} = this.#deliveries;
    return {tenant, name, epoch, offset: doneUpTo, problem: this.#readingFault ?? problem, caughtUp};
  }

  async #read(): Promise<void> {
    const choose = chosenEvents(this.spec.filter, this.#ports, this.spec.tenant);
    for (let failed = 0; !this.#ending.signal.aborted; failed++) {
      try {
        await this.#readOn(choose, () => {
          failed = 0;
          this.#readingFault = null;
        });
      } catch (error) {
        this.#readingFault = (error as Error).message;
        const delayMs = backoffMs(failed, this.#firstRetryMs);
        await sleep(delayMs, undefined, {signal: this.#ending.signal}).catch(() => undefined);
      }
    }
  }

  /** Ends when it was held up for long: what comes next may be gone meanwhile. */
  async #readOn(choose: ReturnType<typeof chosenEvents>, onGoing: () => void): Promise<void> {
    const {tenant, name, filter} = this.spec;
    await this.#ports.begins({tenant, name, newest: this.#ports.stream.head() - 1});
    const reading = tail(
      this.#ports,
      {
        tenant,
        device: filter.device,
        type: filter.type,
        afterOffset: this.#readTo,
        batchMax: BATCH_MAX,
        choose,
        onPassed: offset => this.#passed(offset),
        follow: true,
      },
      this.#ending.signal,
    );
    for await (const events of reading) {
      onGoing();
      const beganMs = performance.now();
      for (const event of events) {
        await this.#deliveries.room();
        if (this.#ending.signal.aborted) return;
        this.#progress.begin(event.offset);
        this.#readTo = event.offset;
        this.#deliveries.add({event, isReplay: false, alone: false});
      }
      if (performance.now() - beganMs > STALE_READING_MS) return;
    }
  }

  #passed(offset: number): void {
    this.#progress.passed(offset);
    this.#readTo = Math.max(this.#readTo, offset);
  }

  #done({event, isReplay}: Waiting): void {
    if (isReplay) this.#replays.done(event);
    else this.#progress.end(event.offset);
  }
}
