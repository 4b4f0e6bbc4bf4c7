import {expect, it} from 'vitest';
import {NO_QUOTAS, type Quotas} from '../../src/domain/tenant.js';
import {QuotaWatch} from '../../src/platform/quota-watch.js';

function watched(usedBytes: number) {
  const state = {quotas: NO_QUOTAS as Quotas};
  const told: boolean[] = [];
  const events: string[] = [];
  const tenant = {id: 'acme', state: 'active', reason: null, createdAt: '', changedAt: ''} as const;
  const usage = {...NO_QUOTAS, devices: 0, users: 0, storageBytes: usedBytes, retainedMessages: 0};
  const watch = new QuotaWatch({
    tenants: {
      list: async () => [{...tenant, quotas: state.quotas}],
      quotas: async () => ({quotas: state.quotas, usage}),
    },
    publishEvent: async ({type}) => void events.push(type),
    setStorageFull: ({full}) => void told.push(full),
    onFault: error => expect.unreachable(error.message),
  });
  return {watch, told, events, state};
}

it('tells that there is room again when the quota that was full is taken away', async () => {
  const {watch, told, state} = watched(100);
  state.quotas = {...NO_QUOTAS, storageBytes: 100};
  await watch.look();
  expect(told).toEqual([true]);
  state.quotas = NO_QUOTAS;
  await watch.look();
  expect(told).toEqual([true, false]);
  // There is nothing more to say.
  await watch.look();
  expect(told).toEqual([true, false]);
  await watch.close();
});

it('warns once each time that a quota comes near', async () => {
  const {watch, events, state} = watched(80);
  for (const storageBytes of [101, 100, 80, 100, 101, 100]) {
    state.quotas = {...NO_QUOTAS, storageBytes};
    await watch.look();
  }
  expect(events).toEqual(['quota.warning', 'quota.exceeded', 'quota.warning']);
  await watch.close();
});
