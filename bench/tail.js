/** From publish to a line of `tail`: a fleet at a fixed rate whose payloads carry the time of their sending. */
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {parseArgs} from 'node:util';
import {runFleet} from '../dist/sim/fleet.js';
import {Histogram} from '../dist/sim/histogram.js';
import {provision} from '../dist/sim/provision.js';
import {BIN, benchFolder, startPlatform} from './support/platform.js';

const {values} = parseArgs({
  options: {
    devices: {type: 'string', default: '50'},
    rate: {type: 'string', default: '5000'},
    duration: {type: 'string', default: '20'},
  },
});
const WARM_UP_SEC = 5;
const devices = Number(values.devices);
const {folder, remove} = benchFolder();
const platform = await startPlatform(folder);
const nowMs = () => performance.timeOrigin + performance.now();
let latencies = new Histogram();
const child = spawn(process.execPath, [BIN, 'tail', '--type', 'telemetry', '--since', '1m', '-o', 'ndjson'], {
  env: platform.environment,
  stdio: ['ignore', 'pipe', 'inherit'],
});
let received = 0;
createInterface(child.stdout).on('line', line => {
  const arrivedMs = nowMs();
  latencies.add(arrivedMs - JSON.parse(line).data.sentMs);
  received++;
});
try {
  const {logins} = await provision(platform.api, {count: devices, prefix: 'bench-', model: 'thermostat'});
  const run = seconds =>
    runFleet({
      host: '127.0.0.1',
      port: platform.ports.mqtt,
      devices: logins,
      topicOf: () => 'me/telemetry',
      behaviourOf: () => ({payload: () => Buffer.from(`{"sentMs":${nowMs()}}`), command: () => ({})}),
      ratePerSec: Number(values.rate) / devices,
      durationMs: seconds * 1000,
      window: 100,
      connectionsPerSec: 1000,
      listens: false,
      resend: false,
      random: Math.random,
    });
  // The first seconds find the tail still starting, and code that has not been compiled.
  const {acknowledged: warmUp} = await run(WARM_UP_SEC);
  while (received < warmUp) await new Promise(resolve => setTimeout(resolve, 10));
  latencies = new Histogram();
  received = 0;
  const report = await run(Number(values.duration));
  while (received < report.acknowledged) await new Promise(resolve => setTimeout(resolve, 10));
  const result = {
    bench: 'tail',
    eventsPerSec: report.messagesPerSec,
    received,
    sent: report.sent,
    p50Ms: round(latencies.percentile(0.5)),
    p99Ms: round(latencies.percentile(0.99)),
    maxMs: round(latencies.maxMs),
    pubackP99Ms: report.latencyMs.p99,
  };
  process.stderr.write(`${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  child.kill('SIGINT');
  await platform.end('SIGTERM');
  remove();
}

function round(ms) {
  return Math.round(ms * 100) / 100;
}
