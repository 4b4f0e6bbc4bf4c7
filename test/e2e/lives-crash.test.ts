import {expect, it} from 'vitest';
import {claimWork} from '../../bench/support/crash-works/claim-work.js';
import {importWork} from '../../bench/support/crash-works/import-work.js';
import {rotationWork} from '../../bench/support/crash-works/rotation-work.js';
import {twinWork} from '../../bench/support/crash-works/twin-work.js';
import {runLivesCrashRounds} from '../../bench/support/lives-crash-rounds.js';

it('makes nothing half or twice, skips no version and loses no secret, whatever is killed in the middle of it', async () => {
  const works = [
    importWork({rows: 1500}),
    rotationWork({devices: 50}),
    claimWork({claims: 20}),
    twinWork({devices: 4}),
  ];
  const result = await runLivesCrashRounds({rounds: 2, works, onRound: () => {}});
  expect(result).toMatchObject({problems: [], done: {import: 3000}});
  expect(result.done.rotation).toBeGreaterThan(0);
}, 90_000);
