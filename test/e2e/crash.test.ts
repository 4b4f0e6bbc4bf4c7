import {expect, it} from 'vitest';
import {runCrashRounds} from '../../bench/support/crash-rounds.js';

it('stores every acknowledged message exactly once, in order, however often the platform is killed', async () => {
  const result = await runCrashRounds({rounds: 3, devices: 10, onRound: () => {}});
  expect(result).toMatchObject({missing: 0, twice: 0, outOfOrder: 0});
  expect(result.acknowledged).toBeGreaterThan(100);
}, 90_000);
