/**
 * `kill -9` of the platform or its clients in the middle of imports, rotations, claims and changes of twins: nothing is half
 * made, done twice, skipped, or lost.
 *
 *     npm run bench -- lives-crash --rounds 20
 */
import {parseArgs} from 'node:util';
import {claimWork} from './support/crash-works/claim-work.js';
import {importWork} from './support/crash-works/import-work.js';
import {rotationWork} from './support/crash-works/rotation-work.js';
import {twinWork} from './support/crash-works/twin-work.js';
import {runLivesCrashRounds} from './support/lives-crash-rounds.js';

const {values} = parseArgs({options: {rounds: {type: 'string', default: '20'}}});
const result = await runLivesCrashRounds({
  rounds: Number(values.rounds),
  works: [importWork(), rotationWork(), claimWork(), twinWork()],
  onRound: line => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify({bench: 'lives-crash', ...result})}\n`);
if (result.problems.length > 0) process.exitCode = 9;
