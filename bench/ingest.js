/**
 * Durable ingest: QoS 1, acknowledged after fsync, stored in DuckDB; and, in the same run, mosquitto, which stores
 * nothing, under the same generator.
 *
 *     npm run bench -- ingest --connections 1000 --duration 60 --window 8 --rounds 1
 */
import {parseArgs} from 'node:util';
import {createDevices} from './support/create-devices.js';
import {caughtUp, generate} from './support/ingest-load.js';
import {startMosquitto} from './support/mosquitto.js';
import {benchFolder, startPlatform, usageOf} from './support/platform.js';

const {values} = parseArgs({
  options: {
    connections: {type: 'string', default: '1000'},
    duration: {type: 'string', default: '60'},
    window: {type: 'string', default: '8'},
    rate: {type: 'string', default: '0'},
    'peer-duration': {type: 'string', default: '20'},
    rounds: {type: 'string', default: '1'},
  },
});
const connections = Number(values.connections);
const ratePerSec = Number(values.rate);
const inflight = Number(values.window);
const rounds = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const peer = await measurePeer(Number(values['peer-duration']));
  rounds.push({platform: await measurePlatform(Number(values.duration)), peer});
}
const [{platform, peer}] = rounds
  .toSorted((a, b) => a.platform.perSec - b.platform.perSec)
  .slice(rounds.length >> 1);
const ratio = peer && platform.perSec / peer.perSec;
process.stderr.write(`\n${JSON.stringify(rounds, null, 1)}\n`);
process.stdout.write(`${JSON.stringify({bench: 'ingest', connections, ...platform, peer, ratio})}\n`);

async function measurePlatform(seconds) {
  const {folder, remove} = benchFolder();
  const platform = await startPlatform(folder);
  try {
    const devices = await createDevices(platform.api, {count: connections, prefix: 'bench-'});
    const before = usageOf(platform.pid);
    let rssMbMax = 0;
    const load = await generate(
      {port: platform.ports.mqtt, devices, topic: 'me/telemetry', ratePerSec, seconds, inflight},
      () => {
        rssMbMax = Math.max(rssMbMax, usageOf(platform.pid).rssMb);
      },
    );
    const after = usageOf(platform.pid);
    const lagAtEnd = (await platform.api.status()).store.lag;
    const caughtUpMs = await caughtUp(platform.api);
    const {rows} = await platform.api.query({
      sql: 'SELECT count(*), count(DISTINCT "offset") FROM events WHERE type = \'telemetry\'',
    });
    return {
      ...load,
      storeLagEvents: lagAtEnd,
      storeLagMs: caughtUpMs,
      stored: rows[0][0],
      storedOnce: rows[0][0] === rows[0][1] && rows[0][0] === load.acknowledged,
      rssMbMax,
      anonymousMb: after.anonymousMb,
      platformCpuSec: after.cpuSec - before.cpuSec,
    };
  } finally {
    await platform.end('SIGTERM');
    remove();
  }
}

async function measurePeer(seconds) {
  const {folder, remove} = benchFolder();
  const mosquitto = await startMosquitto(folder);
  if (!mosquitto) return undefined;
  try {
    const devices = Array.from({length: connections}, (_, index) => ({id: `bench-${index}`}));
    const before = usageOf(mosquitto.pid);
    const load = await generate(
      {port: mosquitto.port, devices, topic: 'bench/{client}', ratePerSec, seconds, inflight},
      () => {},
    );
    return {...load, peerCpuSec: usageOf(mosquitto.pid).cpuSec - before.cpuSec};
  } finally {
    mosquitto.stop();
    remove();
  }
}
