/**
 * `kill -9` of the platform or its clients in the middle of imports and rotations: nothing is half made, twice, or lost.
 *
 *     npm run bench -- lives-crash --rounds 20
 */
import {parseArgs} from 'node:util';
import {importWork} from './support/crash-works/import-work.js';
import {rotationWork} from './support/crash-works/rotation-work.js';
import {runLivesCrashRounds} from './support/lives-crash-rounds.js';

const {values} = parseArgs({options: {rounds: {type: 'string', default: '20'}}});
const result = await runLivesCrashRounds({
  rounds: Number(values.rounds),
  works: [importWork(), rotationWork()],
  onRound: line => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify({bench: 'lives-crash', ...result})}\n`);
if (result.problems.length > 0) process.exitCode = 9;
