/** The time that devices live in: when it begins, and how fast it passes. */
export interface ClockSpec {
  /** When the devices' lives begin, in Unix milliseconds; null: `pastMs` before the run begins. */
  readonly startMs: number | null;
  readonly pastMs: number;
  /** Is what lies between that and now told as fast as it is acknowledged? Otherwise the clocks go on from there. */
  readonly fillsPast: boolean;
  /** Milliseconds of the devices in one of the machine's. */
  readonly acceleration: number;
}

/** Nothing can be asked of it before it begins, except how fast it is. */
export class DeviceClock {
  readonly acceleration: number;
  readonly #spec: ClockSpec;
  #startMs = Number.NaN;
  #originMs = Number.NaN;
  #realMs = Number.NaN;

  constructor(spec: ClockSpec) {
    this.#spec = spec;
    this.acceleration = spec.acceleration;
  }

  /** Both are now: on the machine's monotonic clock, and in Unix milliseconds. */
  begin(realMs: number, wallMs: number): void {
    const {startMs, pastMs, fillsPast} = this.#spec;
    this.#startMs = startMs ?? Math.round(wallMs - pastMs);
    this.#originMs = fillsPast ? wallMs : this.#startMs;
    this.#realMs = realMs;
  }

  /** In Unix milliseconds. */
  get startMs(): number {
    return this.#startMs;
  }

  /** Since the devices' lives began. */
  lifeAt(realMs: number): number {
    return this.#originMs - this.#startMs + (realMs - this.#realMs) * this.acceleration;
  }

  /** When it is so late in the devices' lives, on the machine's monotonic clock. */
  realAt(lifeMs: number): number {
    return this.#realMs + (this.#startMs + lifeMs - this.#originMs) / this.acceleration;
  }

  /** Was this before the run began: is it history that is filled in? */
  isHistory(lifeMs: number): boolean {
    return this.#startMs + lifeMs < this.#originMs;
  }
}
