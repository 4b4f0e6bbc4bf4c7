/** For tests of readings in memory: waits until they are there. */
import {vi} from 'vitest';
import type {StatsRequest} from '../../src/store/stats/stats-request.js';
import type {Store} from '../../src/store/store.js';

export const anyQuestion = (metric: string): StatsRequest => ({
  metrics: [metric],
  sinceMs: 0,
  untilMs: 1,
  onlyDevices: false,
  labelCount: 0,
  aggregates: ['count'],
  by: [],
  timeoutMs: 20_000,
  consistent: false,
});

/** Asks, whereupon they are read into memory, until there are so many of all tenants. */
export async function untilInMemory(store: Store, metric: string, count: number, tenant = 'default') {
  await vi.waitFor(
    async () => {
      await store.stats(tenant, anyQuestion(metric));
      const {readingsInMemory} = await store.status();
      if (readingsInMemory !== count) throw new Error(`${readingsInMemory} readings are in memory`);
    },
    {timeout: 20_000, interval: 10},
  );
}
