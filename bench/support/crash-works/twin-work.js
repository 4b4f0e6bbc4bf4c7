/** Twins: each change of what is desired, and each report, raises its version by one and is told once, whatever is killed. */
import {once} from 'node:events';
import mqtt from 'mqtt';

const WORKERS = 4;
const WORK_MS_MAX = 3500;
/** For the outbox and the store to have what was committed. */
const CATCH_UP_MS = 30_000;

/** Version n of `desired` says `{n}`, and so does version n of `reported`: a skipped or a doubled one shows. */
export function twinWork({devices = 12} = {}) {
  const ids = Array.from({length: devices}, (_, number) => `twin-${number}`);
  const secretOf = new Map();
  /** The last that is known to be accepted. */
  const desired = new Map(ids.map(id => [id, 0]));
  const reported = new Map(ids.map(id => [id, 0]));
  let changes = 0;

  const change = async (api, id) => {
    const n = desired.get(id) + 1;
    const {desired: now} = await api.twins.patch(id, 'desired', {n});
    if (now.version !== n) throw new Error(`desired of ${id} is at version ${now.version}, not ${n}`);
    desired.set(id, n);
    changes++;
  };

  const report = async (device, id) => {
    const n = reported.get(id) + 1;
    await device.publishAsync('me/twin/reported', JSON.stringify({n}), {qos: 1});
    reported.set(id, n);
    changes++;
  };

  return {
    name: 'twins',
    async prepare({platform}) {
      const {items} = await platform.api.createDevices(ids.map(id => ({id})));
      for (const {device, credential} of items) secretOf.set(device.id, credential.secret);
    },
    begin({platform}) {
      const ending = new AbortController();
      const forever = async step => {
        while (!ending.signal.aborted) await step();
      };
      const operators = Array.from({length: WORKERS}, (_, worker) =>
        forever(async () => {
          for (const id of ids.filter((_id, number) => number % WORKERS === worker))
            await change(platform.api, id);
        }),
      );
      const speaking = ids.map(async id => {
        const device = await connect(platform, id, secretOf.get(id));
        try {
          // A publish that is not acknowledged any more neither succeeds nor fails.
          await Promise.race([forever(() => report(device, id)), once(device, 'close')]);
        } finally {
          device.end(true);
        }
      });
      platform.child.once('exit', () => ending.abort());
      // Where only a client is killed nothing else ends these.
      setTimeout(() => ending.abort(), WORK_MS_MAX).unref();
      return {ended: Promise.allSettled([...operators, ...speaking])};
    },
    /** What nobody had an answer to is done or not: both are right, and nothing else is. */
    async finish({platform}) {
      for (const id of ids) {
        const twin = await settled(platform.api, id, reported.get(id));
        desired.set(id, known(twin.desired, desired.get(id), `desired of ${id}`));
        reported.set(id, known(twin.reported, reported.get(id), `reported of ${id}`));
      }
    },
    async check({platform}) {
      const total = [...desired.values()].reduce((sum, n) => sum + n, 0);
      const told = await eventually(async () => {
        const {rows} = await platform.api.query({sql: TOLD});
        const sum = rows.reduce((all, [, count]) => all + Number(count), 0);
        return sum >= total ? rows : undefined;
      });
      if (told === undefined) return [`not all of ${total} changes of desired documents were told`];
      return told.flatMap(([id, count, different, last]) => {
        const n = desired.get(id);
        return [count, different, last].some(value => Number(value) !== n)
          ? [`of ${n} versions of ${id} ${count} were told, ${different} different ones, ${last} the last`]
          : [];
      });
    },
    count: () => changes,
  };
}

const TOLD = `SELECT device, count(*), count(DISTINCT (body->>'version')::INT), max((body->>'version')::INT)
  FROM events WHERE type = 'twin.desired_changed' GROUP BY device`;

/** Rejects when the connection ends before it is answered. */
async function connect({mqttUrl}, id, secret) {
  const client = mqtt.connect(mqttUrl, {
    username: `${id}@default`,
    password: secret,
    clientId: id,
    reconnectPeriod: 0,
  });
  client.on('error', () => undefined);
  const ended = once(client, 'close').then(() => Promise.reject(new Error('the connection ended')));
  await Promise.race([once(client, 'connect'), ended]);
  ended.catch(() => undefined);
  return client;
}

/** The platform reads reports from the stream: soon it has what it acknowledged. */
const settled = (api, id, acknowledged) =>
  eventually(async () => {
    const twin = await api.twins.get(id);
    return twin.reported.version >= acknowledged ? twin : undefined;
  }).then(twin => {
    if (!twin) throw new Error(`a report of ${id} was acknowledged and is not in its twin`);
    return twin;
  });

function known({version, properties}, last, what) {
  if (version !== last && version !== last + 1)
    throw new Error(`${what} is at version ${version}, after ${last}`);
  if ((properties.n ?? 0) !== version)
    throw new Error(`${what} is at version ${version} and says ${properties.n}`);
  return version;
}

async function eventually(ask) {
  const untilMs = performance.now() + CATCH_UP_MS;
  do {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise(resolve => setTimeout(resolve, 100));
  } while (performance.now() < untilMs);
  return undefined;
}
