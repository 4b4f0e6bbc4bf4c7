/** How many events a second there are, by what they are of: counted over a while, then told, again and again. */
import type {CloudEvent} from '../../domain/cloud-event.js';
import type {Columns} from '../output.js';
import {deviceOf} from './event-facts.js';

/** What rates are told by. */
export const RATES = {
  total: () => 'total',
  type: (event: CloudEvent) => event.type,
  device: (event: CloudEvent) => deviceOf(event) || '-',
  component: (event: CloudEvent) => event.component ?? '-',
} as const;

export interface EventRate {
  /** RFC 3339. */
  readonly time: string;
  readonly key: string;
  readonly events: number;
  readonly perSec: number;
}

export const RATE_COLUMNS: Columns<EventRate> = {
  key: rate => rate.key,
  time: rate => rate.time,
  events: rate => rate.events,
  perSec: rate => rate.perSec,
};

/** So many are told of at most, the most frequent ones; the others are one row. */
const KEYS_MAX = 20;

/** The rates of each stretch of `everyMs`, until the events end. A stretch without events says so. */
export async function* eventRates(
  events: AsyncIterable<CloudEvent>,
  by: keyof typeof RATES,
  everyMs: number,
): AsyncGenerator<EventRate> {
  const source = events[Symbol.asyncIterator]();
  const counts = new Map<string, number>();
  let next = source.next();
  let startMs = performance.now();
  try {
    for (let ended = false; !ended; ) {
      ended = await countFor(startMs + everyMs);
      const nowMs = performance.now();
      // A stretch that the end cut short says something only where something came.
      if (!ended || counts.size > 0) yield* told(counts, by, (nowMs - startMs) / 1000);
      counts.clear();
      startMs = nowMs;
    }
  } finally {
    void source.return?.().catch(() => undefined);
  }

  async function countFor(endMs: number): Promise<boolean> {
    let wake: () => void = () => {};
    const over = new Promise<undefined>(resolve => {
      wake = () => resolve(undefined);
    });
    const timer = setTimeout(() => wake(), Math.max(0, endMs - performance.now()));
    try {
      for (;;) {
        const result = await Promise.race([next, over]);
        if (result === undefined) return false;
        if (result.done === true) return true;
        const key = RATES[by](result.value);
        counts.set(key, (counts.get(key) ?? 0) + 1);
        next = source.next();
        if (performance.now() >= endMs) return false;
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

function* told(
  counts: ReadonlyMap<string, number>,
  by: keyof typeof RATES,
  seconds: number,
): Generator<EventRate> {
  const time = new Date().toISOString();
  const rate = (key: string, events: number): EventRate => ({
    time,
    key,
    events,
    perSec: Math.round((events / seconds) * 10) / 10,
  });
  const sorted = [...counts].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
  for (const [key, events] of sorted.slice(0, KEYS_MAX)) yield rate(key, events);
  const others = sorted.slice(KEYS_MAX).reduce((sum, [, events]) => sum + events, 0);
  if (others > 0) yield rate('others', others);
  if (sorted.length === 0) yield rate(by === 'total' ? 'total' : '-', 0);
}
