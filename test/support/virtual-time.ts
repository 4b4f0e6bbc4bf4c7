import {vi} from 'vitest';

/** So many turns of the event loop, and what was written to a socket of this process has been read, answered, and its answer read. */
const TURNS = 6;

/**
 * Runs `work` on a clock of its own, which stands still while anything is done: what it finds of rates and latencies is the same on any
 * machine. Timers and the monotonic clock go by it; everybody it speaks to is in this process.
 */
export async function inVirtualTime<Result>(work: () => Promise<Result>): Promise<Result> {
  vi.useFakeTimers({toFake: ['hrtime', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']});
  try {
    let over = false;
    const result = work().finally(() => {
      over = true;
    });
    while (!over) {
      for (let turn = 0; turn < TURNS; turn++) await new Promise(resolve => setImmediate(resolve));
      vi.advanceTimersByTime(1);
    }
    return await result;
  } finally {
    vi.useRealTimers();
  }
}
