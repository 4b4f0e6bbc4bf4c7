/** From publish to a line of `tail`: devices at a fixed rate whose payloads carry the time of their sending. */
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {parseArgs} from 'node:util';
import {Stamper} from '../build/sim/load/stamp.js';
import {nowMs} from '../build/sim/measure/clock.js';
import {LatencyHistogram} from '../build/sim/measure/histogram.js';
import {createDevices} from './support/create-devices.js';
import {BIN, benchFolder, startPlatform} from './support/platform.js';
import {publish, RUN} from './support/publishing.js';

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
const stamper = new Stamper(RUN);
let latencies = new LatencyHistogram();
const child = spawn(process.execPath, [BIN, 'tail', '--type', 'telemetry', '--since', '1m', '-o', 'ndjson'], {
  env: platform.environment,
  stdio: ['ignore', 'pipe', 'inherit'],
});
let received = 0;
createInterface(child.stdout).on('line', line => {
  const arrivedMs = nowMs();
  const {sentMs} = stamper.readText(Buffer.from(line), arrivedMs);
  latencies.record(arrivedMs - sentMs);
  received++;
});
try {
  const logins = await createDevices(platform.api, {count: devices, prefix: 'bench-'});
  const run = seconds =>
    publish({
      port: platform.ports.mqtt,
      devices: logins,
      topic: 'me/telemetry',
      payload: {kind: 'template', text: '{"stamp":"{stamp}"}', from: 'tail'},
      ratePerSec: Number(values.rate),
      seconds,
      inflight: 100,
    });
  // The first seconds find the tail still starting, and code that has not been compiled.
  const {acknowledged: warmUp} = await run(WARM_UP_SEC);
  while (received < warmUp) await new Promise(resolve => setTimeout(resolve, 10));
  latencies = new LatencyHistogram();
  received = 0;
  const report = await run(Number(values.duration));
  while (received < report.acknowledged) await new Promise(resolve => setTimeout(resolve, 10));
  const result = {
    bench: 'tail',
    eventsPerSec: report.perSec,
    received,
    sent: report.sent,
    p50Ms: round(latencies.percentile(50)),
    p99Ms: round(latencies.percentile(99)),
    maxMs: round(latencies.percentile(100)),
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
