/** When publishers send: by a schedule, or as fast as the broker takes it. */
import type {LoadPlan, PlannedPublishers} from './plan.js';
import type {Publisher} from './publisher.js';
import {RateCurve} from './rate-curve.js';
import {Schedule} from './schedule.js';

export abstract class Pace {
  /** When something is due next, on the clock of the run; Infinity when nothing more is. */
  abstract readonly nextMs: number;
  /** Nothing more becomes due. */
  abstract readonly exhausted: boolean;
  /** Lets publishers send what is due by then, and names those who got something. */
  abstract release(atMs: number, hungry: (publisher: Publisher) => void): void;
  /** When that message is due, on the clock of the run. */
  abstract dueMs(publisher: number, sequence: number, sentMs: number): number;
  /** Nothing more is due from now on. */
  abstract stop(): void;
  /** Another rate from now on, of all processes together; what has no schedule has none. */
  setRate(_ratePerSec: number, _atMs: number): void {}

  static of(plan: LoadPlan, publishers: readonly Publisher[], startMs: number): Pace {
    const {publish} = plan;
    if (publish === null || publishers.length === 0) return new Silence();
    return publish.rate === null
      ? new FullSpeed(publish, publishers)
      : new Scheduled(plan, publish, publishers, startMs);
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
  readonly #publishers: readonly Publisher[];
  readonly #startMs: number;
  readonly #step: number;
  #stopped = false;

  constructor(
    {slice}: LoadPlan,
    {clients, rate, jitterMs, count}: PlannedPublishers,
    publishers: readonly Publisher[],
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
    this.#publishers = publishers;
    this.#startMs = startMs;
    this.#step = slice.agents;
  }

  get nextMs(): number {
    return this.#stopped ? Infinity : this.#startMs + this.#schedule.nextMs;
  }

  get exhausted(): boolean {
    return this.#stopped || this.#schedule.nextMs === Infinity;
  }

  release(atMs: number, hungry: (publisher: Publisher) => void): void {
    if (this.#stopped) return;
    this.#schedule.release(atMs - this.#startMs, index => {
      const publisher = this.#publishers[(index - (index % this.#step)) / this.#step]!;
      publisher.released++;
      if (publisher.isHungry) return;
      publisher.isHungry = true;
      hungry(publisher);
    });
  }

  dueMs(publisher: number, sequence: number): number {
    return this.#startMs + this.#schedule.dueMs(publisher, sequence);
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
  readonly #publishers: readonly Publisher[];
  readonly #count: number;
  readonly #clients: number;
  #started = false;

  constructor({clients, count}: PlannedPublishers, publishers: readonly Publisher[]) {
    super();
    this.#publishers = publishers;
    this.#clients = clients;
    this.#count = count ?? Infinity;
  }

  get exhausted(): boolean {
    return this.#publishers.every(({next, released}) => next === released);
  }

  release(_: number, hungry: (publisher: Publisher) => void): void {
    if (this.#started) return;
    this.#started = true;
    for (const publisher of this.#publishers) {
      publisher.released = Math.max(0, Math.ceil((this.#count - publisher.index) / this.#clients));
      publisher.isHungry = true;
      hungry(publisher);
    }
  }

  dueMs(_publisher: number, _sequence: number, sentMs: number): number {
    return sentMs;
  }

  stop(): void {
    for (const publisher of this.#publishers) publisher.released = publisher.next;
  }
}
