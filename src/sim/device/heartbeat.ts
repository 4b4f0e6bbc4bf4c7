/** A device's sign of life: `{"uptimeSec":60}`. */
export class Heartbeat {
  everyMs: number;
  nextMs: number;
  #lastMs = 0;

  /** 0 is none. */
  constructor(everyMs: number) {
    this.everyMs = everyMs;
    this.nextMs = everyMs > 0 ? everyMs : Infinity;
  }

  take(): string {
    this.#lastMs = this.nextMs;
    this.nextMs += this.everyMs;
    return `{"uptimeSec":${Math.floor(this.#lastMs / 1000)}}`;
  }

  /** Signs of life that nobody heard are not made up for. */
  skipTo(lifeMs: number): void {
    if (this.nextMs < lifeMs) this.nextMs += Math.ceil((lifeMs - this.nextMs) / this.everyMs) * this.everyMs;
  }

  setInterval(everyMs: number, nowMs: number): void {
    this.nextMs = Math.max(nowMs, this.#lastMs + everyMs);
    this.everyMs = everyMs;
  }
}
