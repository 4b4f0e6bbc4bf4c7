/**
 * `kill -9` at random moments under QoS 1 load: every acknowledged message is stored exactly once, in order.
 *
 *     npm run bench -- crash --rounds 20
 */
import {parseArgs} from 'node:util';
import {runCrashRounds} from './support/crash-rounds.js';

const {values} = parseArgs({
  options: {rounds: {type: 'string', default: '20'}, devices: {type: 'string', default: '20'}},
});
const result = await runCrashRounds({
  rounds: Number(values.rounds),
  devices: Number(values.devices),
  onRound: line => process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify({bench: 'crash', ...result})}\n`);
if (result.missing + result.twice + result.outOfOrder > 0) process.exitCode = 9;
