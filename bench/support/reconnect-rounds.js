/** All devices lose their connection at the same moment: how long until the last is back, and what it costs the platform. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {createDevices} from './create-devices.js';
import {benchFolder, startPlatform, usageOf} from './platform.js';

/** What everything that follows the last CONNACK may take: events, rows, who is online. */
const SETTLE_MS_MAX = 60_000;

/** A fleet that is not back by then does not come back. */
const ROUND_MS_MAX = 120_000;

/** One source address has some 28,000 ports, and each connection that was closed holds one for a minute. */
const SOURCE_ADDRESSES = 8;

/**
 * Runs each mode `runs` times over the same fleet: `restart` kills the platform and starts it again, `cut` only ends
 * connections.
 */
export async function runReconnectRounds({devices, modes, runs, tls, onRound}) {
  const {folder, remove} = benchFolder();
  const platform = {now: await startPlatform(folder, undefined, {tls}), tls};
  let fleet;
  try {
    const target = targetOf(platform.now, tls);
    const logins = await createDevices(platform.now.api, {count: devices, prefix: 'back-'});
    fleet = startFleet({...target, logins, filter: 'me/cmd/#', sourceAddresses: SOURCE_ADDRESSES});
    await fleet.told('subscribed');
    const rounds = [];
    for (const mode of modes) {
      for (let run = 0; run < runs; run++) {
        await settled(platform.now.api, devices);
        const round = {mode, ...(await (mode === 'cut' ? cut : restart)(platform, fleet, folder))};
        rounds.push({...round, ...(await costOf(platform.now, devices))});
        onRound(rounds.at(-1));
      }
    }
    return rounds;
  } finally {
    await fleet?.end();
    await platform.now.end('SIGTERM');
    remove();
  }
}

function targetOf({mqttUrl, mqttsUrl, authority}, tls) {
  const url = tls ? mqttsUrl : mqttUrl;
  const {hostname, port} = new URL(url);
  return {host: hostname, port: Number(port), caFile: tls ? authority.file : undefined};
}

async function restart(platform, fleet, folder) {
  fleet.tell({mark: true});
  const back = fleet.told('back');
  await platform.now.end('SIGKILL');
  platform.now = await startPlatform(folder, platform.now.ports, {tls: platform.tls});
  const readyAtMs = Date.now();
  // What the threads did until they were ready is not of interest: nobody was promised anything.
  const {loopDelayMsMax, gateway} = await platform.now.api.status();
  const startDelayMs = {main: loopDelayMsMax, gateway: gateway.loopDelayMsMax};
  return {...measured(await back, readyAtMs, platform.now.readyMs), startDelayMs};
}

async function cut(platform, fleet) {
  // What happened before is not of interest.
  await platform.now.api.status();
  fleet.tell({cut: true});
  const back = await fleet.told('back');
  return measured(back, back.firstLostMs, 0);
}

function measured({firstLostMs, firstBackMs, allBackMs, failures, ...rest}, readyAtMs, startMs) {
  const refused = Object.entries(failures).filter(([reason]) => reason.startsWith('CONNACK'));
  return {
    startMs: Math.round(startMs),
    secFromReady: (allBackMs - readyAtMs) / 1000,
    secFromFirstAttempt: (allBackMs - firstLostMs) / 1000,
    secFromFirstBack: (allBackMs - firstBackMs) / 1000,
    refused: refused.reduce((sum, [, count]) => sum + count, 0),
    failures,
    ...rest,
  };
}

/** Read when everything has settled: the longest delay is that of the whole recovery, events and rows included. */
async function costOf({api, pid}, devices) {
  const usage = usageOf(pid);
  const back = await api.status();
  const status = await settled(api, devices);
  return {
    loopDelayMsMax: Math.max(back.loopDelayMsMax, status.loopDelayMsMax),
    gatewayLoopDelayMsMax: Math.max(back.gateway.loopDelayMsMax, status.gateway.loopDelayMsMax),
    settleSec: status.settleMs / 1000,
    rssMb: usage.rssMb,
    platformCpuSec: usage.cpuSec,
  };
}

async function settled(api, devices) {
  const startedMs = performance.now();
  let loopDelayMsMax = 0;
  let gatewayLoopDelayMsMax = 0;
  for (;;) {
    const status = await api.status();
    const settleMs = performance.now() - startedMs;
    loopDelayMsMax = Math.max(loopDelayMsMax, status.loopDelayMsMax);
    gatewayLoopDelayMsMax = Math.max(gatewayLoopDelayMsMax, status.gateway.loopDelayMsMax);
    if (status.registry.online === devices && status.store.lag === 0) {
      return {loopDelayMsMax, gateway: {loopDelayMsMax: gatewayLoopDelayMsMax}, settleMs};
    }
    if (settleMs > SETTLE_MS_MAX) {
      throw new Error(`${status.registry.online} of ${devices} are online, ${status.store.lag} events wait`);
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

function startFleet(options) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'returning-fleet.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const tell = line => child.stdin.write(`${JSON.stringify(line)}\n`);
  const lines = createInterface(child.stdout);
  lines.on('line', text => {
    const {refused} = JSON.parse(text);
    if (refused !== undefined) process.stderr.write(`a device was refused: ${refused}\n`);
  });
  tell(options);
  return {
    tell,
    /** Resolves with the next line of that name. */
    told: name =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`not all devices are ${name}`)), ROUND_MS_MAX);
        const take = text => {
          const value = JSON.parse(text)[name];
          if (value === undefined) return;
          clearTimeout(timer);
          lines.off('line', take);
          resolve(value);
        };
        lines.on('line', take);
      }),
    async end() {
      const gone = once(child, 'exit');
      child.stdin.end();
      await gone;
    },
  };
}
