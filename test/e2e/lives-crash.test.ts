import {expect, it} from 'vitest';
import {importWork} from '../../bench/support/crash-works/import-work.js';
import {rotationWork} from '../../bench/support/crash-works/rotation-work.js';
import {runLivesCrashRounds} from '../../bench/support/lives-crash-rounds.js';

it('makes nothing half or twice, and loses no secret, whatever is killed in the middle of it', async () => {
  const works = [importWork({rows: 1500}), rotationWork({devices: 50})];
  const result = await runLivesCrashRounds({rounds: 2, works, onRound: () => {}});
  expect(result).toMatchObject({problems: [], done: {import: 3000}});
  expect(result.done.rotation).toBeGreaterThan(0);
}, 90_000);
