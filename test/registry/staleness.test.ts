import {expect, it} from 'vitest';
import {openRegistry} from '../../src/registry/registry.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {testKeys} from '../support/test-keys.js';

const T = 'default';
const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

it('connected devices that say nothing for twice their interval are stale, until they speak', async () => {
  await using folder = await temporaryFolder();
  const registry = await openRegistry(folder.path, testKeys());
  await registry.bootstrap(NOW);
  const by = {createdBy: 'test', nowMs: NOW};
  await registry.models.insert(T, {model: 'pump', version: 1, expectedInterval: '60s'}, by);
  await registry.models.insert(T, {model: 'lamp', version: 1}, by);
  const wanted = [
    {id: 'silent', model: 'pump', modelVersion: 1},
    {id: 'talking', model: 'pump', modelVersion: 1},
    {id: 'pinging', model: 'pump', modelVersion: 1},
    {id: 'away', model: 'pump', modelVersion: 1},
    {id: 'without-interval', model: 'lamp', modelVersion: 1},
    {id: 'undescribed', model: 'pump'},
  ];
  await registry.createDevices(T, wanted, {ifNotExists: false, credential: null, ...by});
  const online = wanted
    .filter(({id}) => id !== 'away')
    .map(({id: device}) => ({
      tenant: T,
      device,
      state: 'online' as const,
      sessionId: device,
      address: null,
      reason: null,
      atMs: NOW,
    }));
  await registry.connectivity.apply(online);
  const seen = (device: string, atMs: number, dataMs: number | null) => ({tenant: T, device, atMs, dataMs});
  const states = async (): Promise<string[]> =>
    (await registry.devices.list(T, {limit: 10})).items
      .filter(({connectivity}) => connectivity === 'stale')
      .map(({id}) => id);

  expect(await registry.staleness.mark(NOW + 2 * MINUTE)).toEqual({stale: [], recovered: []});
  await registry.connectivity.applySeen([
    seen('talking', NOW + 2 * MINUTE, NOW + 2 * MINUTE),
    seen('pinging', NOW + 2 * MINUTE, null),
  ]);
  const {stale} = await registry.staleness.mark(NOW + 3 * MINUTE);
  expect(stale.map(({device}) => device).sort()).toEqual(['pinging', 'silent']);
  expect(stale[0]).toMatchObject({tenant: T, expectedIntervalMs: MINUTE, sinceMs: NOW});
  expect(await states()).toEqual(['pinging', 'silent']);
  // Told once; counted as connected all the same.
  expect(await registry.staleness.mark(NOW + 3 * MINUTE)).toEqual({stale: [], recovered: []});
  expect((await registry.devices.counts()).online).toBe(5);

  await registry.connectivity.applySeen([seen('silent', NOW + 3 * MINUTE, NOW + 3 * MINUTE)]);
  const {recovered} = await registry.staleness.mark(NOW + 3 * MINUTE);
  expect(recovered.map(({device}) => device)).toEqual(['silent']);
  expect(await states()).toEqual(['pinging']);
  await registry.connectivity.markAllOffline(NOW + 4 * MINUTE);
  expect(await states()).toEqual([]);
  await registry.close();
});
