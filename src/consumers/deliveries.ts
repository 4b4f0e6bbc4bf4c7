/**
 * What a consumer has read on its way to the receiver: in the order of each device, several devices at one time, each event until
 * it is delivered or put aside.
 *
 * An attempt counts against an event when the receiver said that it does not want it, or failed at it and took others
 * meanwhile. While the receiver takes nothing at all, nothing counts: everything waits, and is tried again.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {backoffMs} from '../delivery/backoff.js';
import {DeviceQueues, type Waiting} from './device-queues.js';
import type {ConsumerPorts, ConsumerSpec} from './ports.js';
import type {Failure, Sink} from './sink.js';
import type {Tally} from './tally.js';

export interface DeliveryParts {
  readonly spec: ConsumerSpec;
  readonly sink: Sink;
  readonly ports: Pick<ConsumerPorts, 'putAside' | 'replayed' | 'onFault'>;
  readonly tally: Tally;
  readonly firstRetryMs: number;
  /** No more is begun. */
  readonly ending: AbortSignal;
  /** It is delivered, or put aside. */
  readonly onDone: (waiting: Waiting) => void;
}

/** Read, and not done with: behind a device that is held back others go on until so much waits. */
const WAITING_MAX = 1000;
const WAITING_BYTES_MAX = 8 * 2 ** 20;

export class Deliveries {
  readonly #parts: DeliveryParts;
  readonly #queues = new DeviceQueues();
  /** What is under way is given up. */
  readonly #abandoned = new AbortController();
  /** Why deliveries that are tried again failed last. */
  readonly #failing = new Map<object, string>();
  readonly #underWay = new Set<Promise<void>>();
  #taken = 0;
  #hasTried = false;
  #waitingForRoom: (() => void)[] = [];

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Why something does not get on; null where nothing is wrong, undefined before anything was tried. */
  get problem(): string | null | undefined {
    const [problem = this.#hasTried ? null : undefined] = this.#failing.values();
    return problem;
  }

  /** Resolves when there is room for one more, or at the end. */
  async room(): Promise<void> {
    const {ending} = this.#parts;
    while ((this.#queues.count >= WAITING_MAX || this.#queues.bytes >= WAITING_BYTES_MAX) && !ending.aborted)
      await new Promise<void>(resolve => this.#waitingForRoom.push(resolve));
  }

  add(waiting: Waiting): void {
    this.#queues.add(waiting);
    this.#pump();
  }

  /** Once `ending` is aborted: lets what is under way go on for so long. */
  async end(graceMs: number): Promise<void> {
    this.#tellRoom();
    const timer = setTimeout(() => this.#abandoned.abort(), graceMs);
    await Promise.all(this.#underWay);
    clearTimeout(timer);
    this.#abandoned.abort();
  }

  #pump(): void {
    const {spec, sink, ports, ending} = this.#parts;
    const atOnce = Math.min(spec.pace.atOnce, sink.atOnceMax);
    while (this.#underWay.size < atOnce && !ending.aborted) {
      const taken = this.#queues.take(sink.batchMax);
      if (taken.length === 0) return;
      const work = this.#deliver(taken)
        .catch((error: Error) => ports.onFault(error))
        .finally(() => {
          this.#underWay.delete(work);
          this.#tellRoom();
          this.#pump();
        });
      this.#underWay.add(work);
    }
  }

  #tellRoom(): void {
    for (const resolve of this.#waitingForRoom.splice(0)) resolve();
  }

  async #deliver(taken: readonly Waiting[]): Promise<void> {
    const {spec, sink, tally, firstRetryMs, ending} = this.#parts;
    const events = taken.map(({event}) => event);
    try {
      for (let tried = 0, refused = 0, seen = this.#taken; ; tried++) {
        const failure = await sink.deliver(events, this.#abandoned.signal);
        if (failure !== undefined && ending.aborted) return;
        this.#hasTried = true;
        if (failure === undefined) return await this.#delivered(taken);
        tally.failedAttempts++;
        this.#failing.set(taken, failure.why);
        if (failure.blame === 'refused' || (failure.blame === 'unclear' && this.#taken > seen)) refused++;
        seen = this.#taken;
        if (refused > 0 && taken.length > 1)
          return this.#queues.putBack(taken.map(waiting => ({...waiting, alone: true})));
        if (refused >= spec.pace.attempts) {
          const unkept = await this.#putAside(taken[0]!, failure, refused);
          if (unkept === undefined) return;
          this.#failing.set(taken, unkept);
        }
        const delayMs = failure.afterMs ?? backoffMs(tried, firstRetryMs);
        await sleep(delayMs, undefined, {signal: ending}).catch(() => undefined);
        if (ending.aborted) return;
      }
    } finally {
      this.#failing.delete(taken);
    }
  }

  async #delivered(taken: readonly Waiting[]): Promise<void> {
    const {spec, ports, tally} = this.#parts;
    const {tenant, name} = spec;
    this.#taken++;
    tally.delivered += taken.length;
    // What cannot be noted is sent once more when somebody asks for it again.
    for (const {event, isReplay} of taken)
      if (isReplay)
        await ports
          .replayed({tenant, name, offset: event.offset})
          .catch((error: Error) => ports.onFault(error));
    this.#done(taken);
  }

  /** Gives back why that cannot be; then it is tried again, like everything else that fails. */
  async #putAside(waiting: Waiting, {why}: Failure, attempts: number): Promise<string | undefined> {
    const {spec, ports} = this.#parts;
    const {tenant, name} = spec;
    try {
      await ports.putAside({tenant, name, event: waiting.event, reason: why, attempts});
    } catch (error) {
      return (error as Error).message;
    }
    this.#done([waiting]);
    return undefined;
  }

  #done(taken: readonly Waiting[]): void {
    for (const waiting of taken) this.#parts.onDone(waiting);
    this.#queues.done(taken);
  }
}
