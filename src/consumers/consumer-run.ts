/**
 * One consumer at work: reads its tenant's events behind its cursor, delivers them in the order of each device, several devices
 * at one time, and moves the cursor over what is delivered or put aside.
 *
 * An attempt counts against an event when the receiver said that it does not want it, or failed at it and took others
 * meanwhile. While the receiver takes nothing at all, nothing counts: everything waits, and is tried again.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {backoffMs} from '../delivery/backoff.js';
import {Progress} from '../delivery/progress.js';
import {tail} from '../tail/tail.js';
import {chosenEvents} from './chosen-events.js';
import {DeviceQueues, type Waiting} from './device-queues.js';
import type {ConsumerPorts, ConsumerSpec, Progressed} from './ports.js';
import type {Failure, Sink} from './sink.js';
import type {Tally} from './tally.js';

/** Read, and not done with: behind a device that is held back others go on until so much waits. */
const WAITING_MAX = 1000;
const WAITING_BYTES_MAX = 8 * 2 ** 20;
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
  readonly #tally: Tally;
  readonly #firstRetryMs: number;
  readonly #progress = new Progress();
  readonly #queues = new DeviceQueues();
  /** No more is begun. */
  readonly #ending = new AbortController();
  /** What is under way is given up. */
  readonly #abandoned = new AbortController();
  /** Why deliveries that are tried again failed last. */
  readonly #failing = new Map<object, string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #replaying = new Set<number>();
  #readTo: number;
  #readingFault: string | null = null;
  #taken = 0;
  #hasTried = false;
  #changed: () => void = () => {};
  #work: Promise<unknown> = Promise.resolve();
  #replayWork: Promise<void> | undefined;
  #replayAgain = false;

  constructor({spec, sink, ports, tally, firstRetryMs = FIRST_RETRY_MS}: RunParts) {
    this.#firstRetryMs = firstRetryMs;
    this.spec = spec;
    this.#sink = sink;
    this.#ports = ports;
    this.#tally = tally;
    this.#readTo = spec.offset;
    this.#progress.passed(spec.offset);
  }

  start(): void {
    this.#work = this.#read().catch((error: Error) => this.#ports.onFault(error));
    this.replay();
  }

  /** What was put aside may be wanted again. */
  replay(): void {
    this.#replayAgain = true;
    this.#replayWork ??= this.#readReplays()
      .catch((error: Error) => this.#ports.onFault(error))
      .finally(() => {
        this.#replayWork = undefined;
      });
  }

  /** Begins nothing more, and lets what is under way end for so long. Where it has come is in `progressed` then. */
  async stop(graceMs: number): Promise<void> {
    this.#ending.abort();
    this.#changed();
    const timer = setTimeout(() => this.#abandoned.abort(), graceMs);
    await Promise.all(this.#underWay);
    clearTimeout(timer);
    this.#abandoned.abort();
    await Promise.all([this.#work, this.#replayWork]);
    await this.#sink.close().catch((error: Error) => this.#ports.onFault(error));
  }

  /** Where it is now. */
  progressed(): Progressed {
    const {tenant, name, epoch, offset} = this.spec;
    const doneUpTo = Math.max(offset, this.#progress.doneUpTo ?? offset);
    const caughtUp = doneUpTo >= this.#ports.stream.head() - 1;
    const [problem = this.#hasTried || caughtUp ? null : undefined] = this.#failing.values();
    return {
      tenant,
      name,
      epoch,
      offset: doneUpTo,
      problem: this.#readingFault ?? problem,
      caughtUp,
    };
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
        await this.#pause(backoffMs(failed, this.#firstRetryMs));
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
        await this.#room();
        if (this.#ending.signal.aborted) return;
        this.#progress.begin(event.offset);
        this.#readTo = event.offset;
        this.#queues.add({event, isReplay: false, alone: false});
        this.#pump();
      }
      if (performance.now() - beganMs > STALE_READING_MS) return;
    }
  }

  #passed(offset: number): void {
    this.#progress.passed(offset);
    this.#readTo = Math.max(this.#readTo, offset);
  }

  async #readReplays(): Promise<void> {
    const {tenant, name} = this.spec;
    for (let after = -1; !this.#ending.signal.aborted; ) {
      if (this.#replayAgain) after = -1;
      this.#replayAgain = false;
      const events = await this.#ports.replays({tenant, name, after});
      const last = events.at(-1);
      if (last === undefined && !this.#replayAgain) return;
      after = last?.offset ?? -1;
      for (const event of events) {
        await this.#room();
        if (this.#replaying.has(event.offset)) continue;
        this.#replaying.add(event.offset);
        this.#queues.add({event, isReplay: true, alone: true});
        this.#pump();
      }
    }
  }

  /** Resolves when there is room for one more. */
  async #room(): Promise<void> {
    while (
      (this.#queues.count >= WAITING_MAX || this.#queues.bytes >= WAITING_BYTES_MAX) &&
      !this.#ending.signal.aborted
    )
      await new Promise<void>(resolve => {
        const before = this.#changed;
        this.#changed = () => {
          before();
          resolve();
        };
      });
  }

  #pump(): void {
    const atOnce = Math.min(this.spec.pace.atOnce, this.#sink.atOnceMax);
    while (this.#underWay.size < atOnce && !this.#ending.signal.aborted) {
      const taken = this.#queues.take(this.#sink.batchMax);
      if (taken.length === 0) return;
      const work = this.#deliver(taken)
        .catch((error: Error) => this.#ports.onFault(error))
        .finally(() => {
          this.#underWay.delete(work);
          const changed = this.#changed;
          this.#changed = () => {};
          changed();
          this.#pump();
        });
      this.#underWay.add(work);
    }
  }

  async #deliver(taken: readonly Waiting[]): Promise<void> {
    const events = taken.map(({event}) => event);
    try {
      for (let tried = 0, refused = 0, seen = this.#taken; ; tried++) {
        const failure = await this.#sink.deliver(events, this.#abandoned.signal);
        if (failure !== undefined && this.#ending.signal.aborted) return;
        this.#hasTried = true;
        if (failure === undefined) return await this.#delivered(taken);
        this.#tally.failedAttempts++;
        this.#failing.set(taken, failure.why);
        if (failure.blame === 'refused' || (failure.blame === 'unclear' && this.#taken > seen)) refused++;
        seen = this.#taken;
        if (refused > 0 && taken.length > 1)
          return this.#queues.putBack(taken.map(waiting => ({...waiting, alone: true})));
        if (refused >= this.spec.pace.attempts) {
          const unkept = await this.#putAside(taken[0]!, failure, refused);
          if (unkept === undefined) return;
          this.#failing.set(taken, unkept);
        }
        await this.#pause(failure.afterMs ?? backoffMs(tried, this.#firstRetryMs));
        if (this.#ending.signal.aborted) return;
      }
    } finally {
      this.#failing.delete(taken);
    }
  }

  async #delivered(taken: readonly Waiting[]): Promise<void> {
    this.#taken++;
    this.#tally.delivered += taken.length;
    const {tenant, name} = this.spec;
    // What cannot be noted is sent once more when somebody asks for it again.
    for (const {event, isReplay} of taken)
      if (isReplay)
        await this.#ports
          .replayed({tenant, name, offset: event.offset})
          .catch((error: Error) => this.#ports.onFault(error));
    this.#done(taken);
  }

  /** Gives back why that cannot be; then it is tried again, like everything else that fails. */
  async #putAside(waiting: Waiting, {why}: Failure, attempts: number): Promise<string | undefined> {
    const {tenant, name} = this.spec;
    try {
      await this.#ports.putAside({tenant, name, event: waiting.event, reason: why, attempts});
    } catch (error) {
      return (error as Error).message;
    }
    this.#done([waiting]);
    return undefined;
  }

  #done(taken: readonly Waiting[]): void {
    for (const {event, isReplay} of taken) {
      if (isReplay) this.#replaying.delete(event.offset);
      else this.#progress.end(event.offset);
    }
    this.#queues.done(taken);
  }

  async #pause(delayMs: number): Promise<void> {
    await sleep(delayMs, undefined, {signal: this.#ending.signal}).catch(() => undefined);
  }
}
