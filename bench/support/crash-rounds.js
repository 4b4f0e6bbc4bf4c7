/** Kills a platform at random moments, restarts it on the same folder, and compares what it stored with what it acknowledged. */
import {runFleet} from '../../dist/sim/fleet.js';
import {provision} from '../../dist/sim/provision.js';
import {benchFolder, startPlatform} from './platform.js';

const ROUND_MS_MIN = 300;
const ROUND_MS_SPREAD = 1200;

/** Counts over all rounds: `missing` was acknowledged and is not stored, `twice` is stored more than once. */
export async function runCrashRounds({rounds, devices, onRound}) {
  const {folder, remove} = benchFolder();
  const acknowledged = new Set();
  let next = 0;
  let platform = await startPlatform(folder);
  let restartMsMax = 0;
  try {
    const {logins} = await provision(platform.api, {count: devices, prefix: 'crash-', model: 'thermostat'});
    for (let round = 1; round <= rounds; round++) {
      const before = acknowledged.size;
      const killAfterMs = ROUND_MS_MIN + Math.random() * ROUND_MS_SPREAD;
      const stop = new AbortController();
      const fleet = runFleet({
        host: '127.0.0.1',
        port: platform.ports.mqtt,
        devices: logins,
        topicOf: () => 'me/telemetry',
        behaviourOf: () => ({payload: () => Buffer.from(`{"n":${next++}}`), command: () => ({})}),
        ratePerSec: 0,
        durationMs: 60_000,
        window: 20,
        connectionsPerSec: 10_000,
        listens: false,
        resend: false,
        random: Math.random,
        signal: stop.signal,
        onAcknowledged: payload => acknowledged.add(Number(/\d+/.exec(payload)[0])),
      });
      await new Promise(resolve => setTimeout(resolve, killAfterMs));
      await platform.end('SIGKILL');
      stop.abort();
      await fleet;
      platform = await startPlatform(folder, platform.ports);
      restartMsMax = Math.max(restartMsMax, platform.readyMs);
      onRound(
        `round ${round}: killed after ${Math.round(killAfterMs)} ms, ${acknowledged.size - before} acknowledged, ` +
          `ready again in ${Math.round(platform.readyMs)} ms`,
      );
    }
    return {
      rounds,
      acknowledged: acknowledged.size,
      restartMsMax: Math.round(restartMsMax),
      ...(await compare(platform.api, acknowledged)),
    };
  } finally {
    await platform.end('SIGTERM');
    remove();
  }
}

async function compare(api, acknowledged) {
  while ((await api.status()).store.lag > 0) await new Promise(resolve => setTimeout(resolve, 20));
  const counts = new Map();
  const lastOf = new Map();
  let outOfOrder = 0;
  let after = -1;
  for (;;) {
    const {rows} = await api.query({
      sql: `SELECT "offset", device, CAST(json_extract(body, '$.n') AS BIGINT) FROM events WHERE type = 'telemetry' AND "offset" > ${after} ORDER BY "offset" LIMIT 100000`,
      maxRows: 100_000,
      timeoutMs: 60_000,
    });
    if (rows.length === 0) break;
    for (const [offset, device, number] of rows) {
      after = offset;
      counts.set(number, (counts.get(number) ?? 0) + 1);
      if ((lastOf.get(device) ?? -1) >= number) outOfOrder++;
      lastOf.set(device, number);
    }
  }
  let missing = 0;
  let twice = 0;
  for (const number of acknowledged) {
    const count = counts.get(number) ?? 0;
    if (count === 0) missing++;
    if (count > 1) twice++;
  }
  return {stored: counts.size, missing, twice, outOfOrder};
}
