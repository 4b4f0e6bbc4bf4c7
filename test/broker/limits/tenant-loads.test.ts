import {expect, it} from 'vitest';
import {type QuotaNews, TenantLoads} from '../../../src/broker/limits/tenant-loads.js';
import {NO_QUOTAS} from '../../../src/domain/tenant.js';

function startLoads() {
  const news: QuotaNews[] = [];
  const loads = new TenantLoads(told => news.push(told));
  return {loads, news, [Symbol.dispose]: () => loads.close()};
}

it('counts each connection of an application; only a device that comes again takes its own place', () => {
  using started = startLoads();
  const {loads} = started;
  const acme = {tenant: 'acme', quotas: {...NO_QUOTAS, connections: 2}};
  expect(loads.enter({}, 'pump-1', acme)).toBe(true);
  expect(loads.enter({}, undefined, acme)).toBe(true);
  expect(loads.enter({}, undefined, acme)).toBe(false);
  expect(loads.enter({}, 'pump-2', acme)).toBe(false);
  expect(loads.enter({}, 'pump-1', acme)).toBe(true);
});

it('keeps what was used when the same quotas are told again', () => {
  using started = startLoads();
  const {loads} = started;
  const quotas = {...NO_QUOTAS, bytesPerSec: 1000};
  loads.enter({}, 'pump-1', {tenant: 'acme', quotas});
  expect(loads.meterOf('acme').spend(1, 10_000, Date.now())).toBeGreaterThan(8000);
  loads.enter({}, 'pump-2', {tenant: 'acme', quotas: {...quotas}});
  expect(loads.meterOf('acme').spend(0, 0, Date.now())).toBeGreaterThan(8000);
});

it('meters HTTP without any connection, and does not count what it refuses', () => {
  using started = startLoads();
  const acme = {tenant: 'acme', quotas: {...NO_QUOTAS, bytesPerSec: 1000}};
  started.loads.checkHttp(acme, 5000);
  for (let count = 0; count < 50; count++) {
    expect(() => started.loads.checkHttp(acme, 5000)).toThrowError(
      expect.objectContaining({code: 'IOT_RATE_LIMITED', retryAfterSec: 4}),
    );
  }
});
