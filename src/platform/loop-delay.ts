/** How long a thread was too busy to look at its sockets. */
import {type IntervalHistogram, monitorEventLoopDelay} from 'node:perf_hooks';

/** The loop is expected back this often; what it takes beyond that is a delay. */
const RESOLUTION_MS = 10;

const NS_PER_MS = 1e6;

/** Watches the event loop of the thread that creates it; costs one timer of libuv, and no JavaScript. */
export class LoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({resolution: RESOLUTION_MS});

  constructor() {
    this.#histogram.enable();
  }

  /** The longest delay since the last call, in milliseconds. */
  takeMsMax(): number {
    const {max, count} = this.#histogram;
    this.#histogram.reset();
    return count === 0 ? 0 : Math.max(0, Math.round(max / NS_PER_MS - RESOLUTION_MS));
  }

  close(): void {
    this.#histogram.disable();
  }
}
