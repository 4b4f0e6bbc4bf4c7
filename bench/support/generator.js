/**
 * The load, as a process of its own: reads one JSON line of options from stdin, prints one JSON line a second and the
 * report at the end. The same for every broker.
 */
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {publish} from './publishing.js';

const [line] = await once(createInterface(process.stdin), 'line');
const payload = Buffer.from('{"ts":1700000000000,"v":{"temperature":21.5}}');

const report = await publish({
  ...JSON.parse(line),
  payload: {kind: 'file', base64: payload.toString('base64')},
  onSecond: progress => process.stdout.write(`${JSON.stringify({progress})}\n`),
});
const {user, system} = process.cpuUsage();
process.stdout.write(`${JSON.stringify({report, cpuSec: (user + system) / 1e6})}\n`);
process.exit();
