/**
 * Mutated MQTT packets, 3.1.1 and 5, over TCP and WebSocket, against a platform as its users start it. It must not end,
 * restart a thread or log an error, its memory must stay flat, and a fresh client must be answered within a second.
 *
 *     npm run bench -- fuzz --packets 1000000 --seed 7
 *     npm run bench -- fuzz --replay 10ffffff7f    # what one connection sent, in hexadecimal
 */
import {parseArgs} from 'node:util';
import {fuzz, runSession} from './support/fuzz-run.js';
import {random} from './support/packet-mutator.js';
import {benchFolder, startPlatform, usageOf} from './support/platform.js';

const LIMIT = {growthRatio: 1.25, growthMb: 64, answerMs: 1000};

/** Memory is compared with what it is once everything has been used. */
const WARM_UP = 0.1;

/**
 * V8 lets each thread's garbage grow to four times what lives before it collects: a saw whose teeth are millions of
 * packets long. Collected at each quarter more, what is left is what a leak would add to.
 */
const EAGER_COLLECTION = '--heap-growing-percent=25';

/** What the last connections sent, to be printed when something failed. */
const KEPT = 50;

const {values} = parseArgs({
  options: {
    packets: {type: 'string', default: '1000000'},
    seed: {type: 'string', default: String(Date.now() % 2 ** 31)},
    replay: {type: 'string'},
  },
});

const {folder, remove} = benchFolder();
const platform = await startPlatform(folder, undefined, {nodeOptions: [EAGER_COLLECTION]});
let exited = false;
platform.child.once('exit', () => {
  exited = true;
});
const hostAndPorts = {host: '127.0.0.1', port: platform.ports.mqtt, wsPort: platform.ports.ws};
const kept = [];
const failures = [];
let report = {packets: 0, sessions: 0, probes: 0, slowestMs: 0};
let warmMb = 0;
try {
  if (values.replay === undefined) await run();
  else await replay(Buffer.from(values.replay, 'hex'));
} catch (error) {
  failures.push(error.message);
}
const endMb = exited ? 0 : await settledMb();
await judge();
for (const failure of failures) process.stderr.write(`failed: ${failure}\n`);
if (failures.length > 0)
  for (const session of kept)
    process.stderr.write(`sent: ${Buffer.concat(session.chunks).toString('hex').slice(0, 4000)}\n`);
process.stdout.write(
  `${JSON.stringify({bench: 'fuzz', seed: Number(values.seed), ...report, warmMb, endMb, failures})}\n`,
);
if (failures.length > 0) process.exitCode = 9;
if (!exited) await platform.end('SIGTERM');
remove();

async function run() {
  const packets = Number(values.packets);
  const ids = Array.from({length: 8}, (_, index) => `fuzzed-${index}`);
  const {items} = await platform.api.createDevices([...ids, 'probe'].map(id => ({id})));
  const logins = items.map(({credential: {username, secret: password}}) => ({username, password}));
  const {username, secret: password} = await platform.api.createToken({
    name: 'app',
    topics: ['x/#'],
    roles: [{role: 'viewer'}],
  });
  const options = {
    ...hostAndPorts,
    probe: logins.pop(),
    logins: [...logins, {username, password}],
    onSession,
  };
  const seed = Number(values.seed);
  const warmUp = await fuzz({...options, packets: packets * WARM_UP, seed});
  warmMb = await settledMb();
  const rest = await fuzz({...options, packets: packets * (1 - WARM_UP), seed: seed + 1});
  report = {
    packets: warmUp.packets + rest.packets,
    sessions: warmUp.sessions + rest.sessions,
    probes: warmUp.probes + rest.probes,
    slowestMs: Math.max(warmUp.slowestMs, rest.slowestMs),
  };
}

async function replay(bytes) {
  for (const webSocket of [false, true])
    await runSession(hostAndPorts, {webSocket, chunks: [bytes]}, random(1));
}

function onSession(session, {sent, sessions}) {
  kept.push(session);
  if (kept.length > KEPT) kept.shift();
  if (sessions % 5000 === 0)
    process.stderr.write(
      `${sent} packets, ${sessions} connections, ${usageOf(platform.pid).anonymousMb} MB\n`,
    );
}

/** The smallest of a few looks: garbage comes and goes. */
async function settledMb() {
  let smallest = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 10; look++) {
    smallest = Math.min(smallest, usageOf(platform.pid).anonymousMb);
    await new Promise(resolve => setTimeout(resolve, 300));
  }
  return Math.round(smallest);
}

async function judge() {
  if (exited) {
    failures.push('the platform ended');
    return;
  }
  const {gateway} = await platform.api.status();
  if (gateway.restarts > 0) failures.push(`the gateway was restarted ${gateway.restarts} times`);
  const faults = platform
    .log()
    .split('\n')
    .filter(line => /error|unhandled/i.test(line));
  if (faults.length > 0) failures.push(`the log has ${faults.length} errors: ${faults[0]}`);
  if (report.slowestMs > LIMIT.answerMs) failures.push(`a fresh client waited ${report.slowestMs} ms`);
  if (warmMb > 0 && endMb > warmMb * LIMIT.growthRatio && endMb > warmMb + LIMIT.growthMb)
    failures.push(`memory grew from ${warmMb} to ${endMb} MB`);
}
