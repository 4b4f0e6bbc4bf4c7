/**
 * What the simulator's MQTT client can do, beside how busy the broker was: whose limit a figure is can be seen from it.
 * `floor` is a broker that only accepts and reads.
 *
 *     npm run bench -- fleet
 *     npm run bench -- fleet --devices 5000 --seconds 5
 *     npm run bench -- fleet --only qos1
 */
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {startMosquitto} from './support/mosquitto.js';
import {tooFewFiles} from './support/open-files.js';
import {benchFolder, usageOf} from './support/platform.js';

const TARGET = {connectionsPerSec: 8000, kbEach: 10, qos0PerSec: 250_000};
const PUBLISHERS = 50;

const {values} = parseArgs({
  options: {
    devices: {type: 'string', default: '15000'},
    // Fewer than the 100 that mosquitto lets wait to be accepted: what is above it comes again a second later.
    'at-once': {type: 'string', default: '64'},
    sources: {type: 'string', default: '8'},
    seconds: {type: 'string', default: '10'},
    inflight: {type: 'string', default: '20'},
    model: {type: 'string', default: 'thermostat'},
    only: {type: 'string', default: ''},
  },
});
const devices = Number(values.devices);
const seconds = Number(values.seconds);
/** As many ports are free on each of them. */
const sources = Array.from({length: Number(values.sources)}, (_, index) => `127.0.0.${index + 2}`);

/** What is measured, with the brokers that it needs. */
const MEASUREMENTS = {
  'connect mosquitto': {brokers: ['mosquitto'], work: connectAll},
  'connect floor': {brokers: ['floor'], work: connectAll},
  'connect two processes': {brokers: ['mosquitto', 'mosquitto'], work: connectAll},
  'qos0 mosquitto': {brokers: ['mosquitto'], work: ([place]) => publishAll(place, {qos: 0})},
  'qos0 floor': {brokers: ['floor'], work: ([place]) => publishAll(place, {qos: 0, acknowledges: false})},
  'qos1 mosquitto': {brokers: ['mosquitto'], work: ([place]) => publishAll(place, {qos: 1})},
};

async function run() {
  const results = {};
  for (const [name, {brokers, work}] of Object.entries(MEASUREMENTS)) {
    if (!name.includes(values.only)) continue;
    const result = await measure(brokers, work);
    process.stderr.write(`${name}: ${JSON.stringify(result ?? 'not installed')}\n`);
    if (result) results[name] = result;
  }
  const missed = missesOf(results);
  for (const miss of missed) process.stderr.write(`missed: ${miss}\n`);
  process.stdout.write(`${JSON.stringify({bench: 'fleet', devices, results, missed})}\n`);
  if (missed.length > 0) process.exitCode = 9;
}

/** Starts the brokers, and a process of devices for each; undefined where a broker is not installed. */
async function measure(kinds, work) {
  const {folder, remove} = benchFolder();
  const places = [];
  try {
    for (const kind of kinds) {
      const broker = kind === 'floor' ? await startFloor() : await startMosquitto(folder);
      if (!broker) return undefined;
      places.push({broker, fleet: await startFleet()});
    }
    return await work(places);
  } finally {
    for (const {broker, fleet} of places) {
      fleet.kill();
      broker.stop();
    }
    remove();
  }
}

/** All devices of all processes at once. */
async function connectAll(places) {
  const before = places.map(({broker}) => usageOf(broker.pid).cpuSec);
  const told = await Promise.all(
    places.map(({broker, fleet}) =>
      ask(fleet, {
        task: 'connect',
        url: urlOf(broker),
        count: devices,
        atOnce: Number(values['at-once']),
        sources,
      }),
    ),
  );
  const sec = Math.max(...told.map(({connectSec}) => connectSec));
  return {
    connections: devices * places.length,
    perSec: Math.round((devices * places.length) / sec),
    cpuMicrosEach: Math.round((told[0].connectCpuSec / devices) * 1e6),
    kbEach: Math.max(...told.map(({kbEach}) => Math.round(kbEach * 10) / 10)),
    rssMb: told.map(({rssMb}) => rssMb),
    fleetCpu: told.map(({connectCpuSec}) => share(connectCpuSec, sec)),
    brokerCpu: places.map(({broker}, index) => share(usageOf(broker.pid).cpuSec - before[index], sec)),
  };
}

async function publishAll({broker, fleet}, {qos, acknowledges = true}) {
  await ask(fleet, {task: 'connect', url: urlOf(broker), count: PUBLISHERS, atOnce: PUBLISHERS, sources});
  const before = usageOf(broker.pid).cpuSec;
  const told = await ask(fleet, {
    task: 'publish',
    qos,
    acknowledges,
    seconds,
    inFlight: Number(values.inflight),
    model: values.model,
  });
  return {
    perSec: Math.round(told.sent / told.sec),
    cpuMicrosEach: Math.round((told.cpuSec / told.sent) * 1e8) / 100,
    ...(told.payloadBytes ? {payloadBytes: told.payloadBytes} : {}),
    fleetCpu: share(told.cpuSec, told.sec),
    brokerCpu: share(usageOf(broker.pid).cpuSec - before, told.sec),
  };
}

/** Of one core. */
function share(cpuSec, sec) {
  return Math.round((cpuSec / sec) * 100) / 100;
}

function urlOf({port}) {
  return `mqtt://127.0.0.1:${port}`;
}

async function ask(fleet, task) {
  fleet.send(task);
  const [told] = await Promise.race([
    once(fleet, 'message'),
    once(fleet, 'exit').then(([code]) => {
      throw new Error(`the devices’ process ended with ${code}`);
    }),
  ]);
  return told;
}

async function startFleet() {
  const fleet = fork(join(import.meta.dirname, 'support/fleet-process.js'), {
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  await once(fleet, 'message');
  return fleet;
}

async function startFloor() {
  const child = fork(join(import.meta.dirname, 'support/floor-broker.js'), {execArgv: []});
  const [{port}] = await once(child, 'message');
  return {port, pid: child.pid, stop: () => child.kill()};
}

/** The best of what was measured against the broker and against the floor: the other one was the limit then. */
function missesOf(results) {
  // What was not measured misses nothing.
  const bestOf = kind => {
    const rates = ['mosquitto', 'floor'].map(broker => results[`${kind} ${broker}`]?.perSec ?? 0);
    return Math.max(...rates) || Infinity;
  };
  const kbEach = Math.max(...Object.values(results).map(result => result.kbEach ?? 0));
  const connections = bestOf('connect');
  const qos0 = bestOf('qos0');
  return [
    connections < TARGET.connectionsPerSec && `${connections} connections/s, not ${TARGET.connectionsPerSec}`,
    qos0 < TARGET.qos0PerSec && `${qos0} messages/s of QoS 0, not ${TARGET.qos0PerSec}`,
    kbEach > TARGET.kbEach && `${kbEach} KB a connection, not ${TARGET.kbEach}`,
  ].filter(Boolean);
}

const advice = tooFewFiles(devices);
if (advice === undefined) {
  await run();
} else {
  process.stderr.write(`${advice}\n`);
  process.exitCode = 2;
}
