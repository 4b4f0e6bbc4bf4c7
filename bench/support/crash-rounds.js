/** Kills a platform at random moments, restarts it on the same folder, and compares what it stored with what it acknowledged. */
import {encodeTopic} from '../../build/sim/wire/encoded-topic.js';
import {openEndpoint} from '../../build/sim/wire/endpoint.js';
import {MqttClient} from '../../build/sim/wire/mqtt-client.js';
import {createDevices} from './create-devices.js';
import {benchFolder, startPlatform} from './platform.js';

const ROUND_MS_MIN = 300;
const ROUND_MS_SPREAD = 1200;
/** Messages of each device that are on their way. */
const IN_FLIGHT = 20;
const TOPIC = encodeTopic('me/telemetry');

/** Counts over all rounds: `missing` was acknowledged and is not stored, `twice` is stored more than once. */
export async function runCrashRounds({rounds, devices, onRound}) {
  const {folder, remove} = benchFolder();
  const acknowledged = new Set();
  let next = 0;
  let platform = await startPlatform(folder);
  let restartMsMax = 0;
  try {
    const logins = await createDevices(platform.api, {count: devices, prefix: 'crash-'});
    for (let round = 1; round <= rounds; round++) {
      const before = acknowledged.size;
      const killAfterMs = ROUND_MS_MIN + Math.random() * ROUND_MS_SPREAD;
      const load = await startLoad(platform.ports.mqtt, logins, {
        next: () => next++,
        acknowledged: number => acknowledged.add(number),
      });
      await new Promise(resolve => setTimeout(resolve, killAfterMs));
      await platform.end('SIGKILL');
      await load.ended;
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

/** Devices that publish numbers, as many as acknowledgements let them; `ended` when the last has lost its connection. */
async function startLoad(port, logins, {next, acknowledged}) {
  const endpoint = await openEndpoint({transport: 'tcp', host: '127.0.0.1', port});
  const ended = logins.map(
    ({id, username, password}) =>
      new Promise((resolve, reject) => {
        const numbers = new Map();
        const send = client => {
          const packetId = client.nextPacketId();
          const number = next();
          numbers.set(packetId, number);
          client.writePublish(TOPIC, 1, Buffer.from(`{"n":${number}}`), {packetId});
        };
        const handler = {
          connected(client) {
            for (let sent = 0; sent < IN_FLIGHT; sent++) send(client);
            client.flush();
          },
          acknowledged(client, packetId) {
            acknowledged(numbers.get(packetId));
            send(client);
          },
          refused: (_, reason) => reject(new Error(`${id} was refused: ${reason}`)),
          lost: () => resolve(),
        };
        const login = {clientId: id, username, password};
        new MqttClient(
          {endpoint, ...login, protocolVersion: 4, cleanStart: true, keepAliveSec: 60},
          handler,
        ).open();
      }),
  );
  return {ended: Promise.all(ended)};
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
