import {expect, it} from 'vitest';
import {addressOf} from '../../../src/broker/limits/address.js';
import {BanList} from '../../../src/broker/limits/ban-list.js';
import {Failures} from '../../../src/broker/limits/failures.js';
import {DEFAULT_LIMITS} from '../../../src/domain/limits.js';

const banOf = (address: string) => ({
  id: address,
  tenant: null,
  device: null,
  address,
  reason: 'noise',
  automatic: false,
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
});

it.each([
  ['192.0.2.7', '192.0.2.7:1', true],
  ['192.0.2.0/24', '192.0.2.7:1', true],
  ['192.0.2.0/24', '[::ffff:192.0.2.7]:1', true],
  ['192.0.2.0/24', '192.0.3.7:1', false],
  ['2001:db8::/64', '[2001:db8::5]:1', true],
  ['2001:db8::5/64', '[2001:db8::77]:1', true],
  ['2001:db8::/48', '[2001:db8:0:9::5]:1', true],
  ['2001:db8::/64', '[2001:db8:0:9::5]:1', false],
])('a ban of %s closes the door to %s: %s', (banned, remote, isClosed) => {
  const bans = new BanList([banOf(banned)], () => 0);
  expect(bans.closedTo(addressOf(remote)) !== undefined).toBe(isClosed);
});

it.each([
  [119_000, 120],
  [121_000, 60],
])('who fails again %i ms after a first ban of a minute is banned for %i s', (laterMs, banSec) => {
  let nowMs = 0;
  const failures = new Failures({...DEFAULT_LIMITS, failuresPerDeviceAndAddress: 3}, () => nowMs);
  const peer = {tenant: 'acme', name: 'pump-1', address: '192.0.2.7'};
  const fail = () => [1, 2, 3].flatMap(() => failures.failed(peer))[0]!;
  expect(fail().expiresAt).toBe(new Date(60_000).toISOString());
  nowMs = laterMs;
  expect(fail().expiresAt).toBe(new Date(laterMs + banSec * 1000).toISOString());
});
