/** When publishers and requesters send: by a schedule, or as fast as it is taken. */
import type {LoadPlan, PlannedLoad} from './plan.js';
import {RateCurve} from './rate-curve.js';
import {Schedule} from './schedule.js';
import type {Sender} from './sender.js';

export abstract class Pace {
  /** When something is due next, on the clock of the run; Infinity when nothing more is. */
  abstract readonly nextMs: number;
  /** Nothing more becomes due. */
  abstract readonly exhausted: boolean;
  /** Lets senders send what is due by then, and names those who got something. */
  abstract release(atMs: number, hungry: (sender: Sender) => void): void;
  /** When that message is due, on the clock of the run. */
  abstract dueMs(sender: number, sequence: number, sentMs: number): number;
  /** Nothing more is due from now on. */
  abstract stop(): void;
  /** Another rate from now on, of all processes together; what has no schedule has none. */
  setRate(_ratePerSec: number, _atMs: number): void {}

  static of(plan: LoadPlan, senders: readonly Sender[], startMs: number): Pace {
    const load = plan.publish ?? plan.command;
    if (load === undefined || senders.length === 0) return new Silence();
    return load.rate === null ? new FullSpeed(load, senders) : new Scheduled(plan, load, senders, startMs);
  }
}

class Silence extends Pace {
  readonly nextMs = Infinity;
  readonly exhausted = true;
  release(): void {}
  dueMs(): number {
    return 0;
  }
  stop(): void {}
}

class Scheduled extends Pace {
  readonly #curve: RateCurve;
  readonly #schedule: Schedule;
  readonly #senders: readonly Sender[];
  readonly #startMs: number;
  readonly #step: number;
  #stopped = false;

  constructor(
    {slice}: LoadPlan,
    {clients, rate, jitterMs, count}: PlannedLoad,
    senders: readonly Sender[],
    startMs: number,
  ) {
    super();
    const {startPerSec, stages} = rate!;
    this.#curve = new RateCurve(startPerSec, stages, count ?? Infinity);
    this.#schedule = new Schedule({
      curve: this.#curve,
      publishers: clients,
      first: slice.agent,
      step: slice.agents,
      jitterMs,
    });
    this.#senders = senders;
    this.#startMs = startMs;
    this.#step = slice.agents;
  }

  get nextMs(): number {
    return this.#stopped ? Infinity : this.#startMs + this.#schedule.nextMs;
  }

  get exhausted(): boolean {
    return this.#stopped || this.#schedule.nextMs === Infinity;
  }

  release(atMs: number, hungry: (sender: Sender) => void): void {
    if (this.#stopped) return;
    this.#schedule.release(atMs - this.#startMs, index => {
      const sender = this.#senders[(index - (index % this.#step)) / this.#step]!;
      sender.released++;
      if (sender.isHungry) return;
      sender.isHungry = true;
      hungry(sender);
    });
  }

  dueMs(sender: number, sequence: number): number {
    return this.#startMs + this.#schedule.dueMs(sender, sequence);
  }

  override setRate(ratePerSec: number, atMs: number): void {
    this.#curve.jumpTo(ratePerSec, atMs - this.#startMs);
    this.#schedule.curveChanged();
  }

  stop(): void {
    this.#stopped = true;
  }
}

/** Due is what is sent: latencies are then those of the service alone. */
class FullSpeed extends Pace {
  readonly nextMs = Infinity;
  readonly #senders: readonly Sender[];
  readonly #count: number;
  readonly #clients: number;
  #started = false;

  constructor({clients, count}: PlannedLoad, senders: readonly Sender[]) {
    super();
    this.#senders = senders;
    this.#clients = clients;
    this.#count = count ?? Infinity;
  }

  get exhausted(): boolean {
    return this.#senders.every(({next, released}) => next === released);
  }

  release(_: number, hungry: (sender: Sender) => void): void {
    if (this.#started) return;
    this.#started = true;
    for (const sender of this.#senders) {
      sender.released = Math.max(0, Math.ceil((this.#count - sender.index) / this.#clients));
      sender.isHungry = true;
      hungry(sender);
    }
  }

  dueMs(_sender: number, _sequence: number, sentMs: number): number {
    return sentMs;
  }

  stop(): void {
    for (const sender of this.#senders) sender.released = sender.next;
  }
}
