/**
 * What the simulator's MQTT client can do, and what `iotctl bench` makes of it, beside how busy the broker was: whose limit a
 * figure is can be seen from it. `floor` is a broker that only accepts and reads.
 *
 *     npm run bench -- fleet
 *     npm run bench -- fleet --devices 5000 --seconds 5
 *     npm run bench -- fleet --only qos1
 *     npm run bench -- fleet --only memory --minutes 30
 */
import {fork} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {runBenchCommand} from './support/bench-command.js';
import {connectionsForgotten} from './support/closed-connections.js';
import {startMosquitto} from './support/mosquitto.js';
import {tooFewFiles} from './support/open-files.js';
import {benchFolder, usageOf} from './support/platform.js';

const TARGET = {
  connectionsPerSec: 8000,
  kbEach: 10,
  qos0PerSec: 250_000,
  /** Of what the same broker acknowledges to the bare client, in the middle one of the rounds; or the broker has no time left for more. */
  qos1Share: 0.95,
  brokerBusy: 0.97,
  /** Of the highest memory in the first half of the run, in its second half. */
  growth: 0.05,
};
const MEMORY_PER_SEC = 1000;
const PUBLISHERS = 50;
/** Of each pair the bare client is first, so that a machine that is slower for a while is slower for both. */
const QOS1_ROUNDS = 5;

const {values} = parseArgs({
  options: {
    devices: {type: 'string', default: '15000'},
    // Fewer than the 100 that mosquitto lets wait to be accepted: what is above it comes again a second later.
    'at-once': {type: 'string', default: '64'},
    sources: {type: 'string', default: '8'},
    seconds: {type: 'string', default: '10'},
    inflight: {type: 'string', default: '20'},
    model: {type: 'string', default: 'thermostat'},
    minutes: {type: 'string', default: '5'},
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
  'bench conn mosquitto': {brokers: ['mosquitto'], fleets: false, work: benchConn},
  'bench conn two processes': {brokers: ['mosquitto', 'mosquitto'], fleets: false, work: benchConn},
  'bench pub qos0 mosquitto': {brokers: ['mosquitto'], fleets: false, work: ([place]) => benchPub(place, 0)},
  'bench pub qos0 floor': {brokers: ['floor'], fleets: false, work: ([place]) => benchPub(place, 0)},
  'bench pub qos1 mosquitto': {brokers: ['mosquitto'], fleets: false, work: acknowledgedRounds},
  // It takes minutes: only who asks for it by name gets it.
  memory: {brokers: ['mosquitto'], fleets: false, named: true, work: benchMemory},
};

async function run() {
  const results = {};
  for (const [name, measurement] of Object.entries(MEASUREMENTS)) {
    if (measurement.named ? name !== values.only : !name.includes(values.only)) continue;
    const result = await measure(measurement);
    process.stderr.write(`${name}: ${JSON.stringify(result ?? 'not installed')}\n`);
    if (result) results[name] = result;
  }
  const missed = missesOf(results);
  for (const miss of missed) process.stderr.write(`missed: ${miss}\n`);
  process.stdout.write(`${JSON.stringify({bench: 'fleet', devices, results, missed})}\n`);
  if (missed.length > 0) process.exitCode = 9;
}

/** Starts the brokers, and a process of devices for each that needs one; undefined where a broker is not installed. */
async function measure({brokers, fleets = true, work}) {
  await connectionsForgotten();
  const {folder, remove} = benchFolder();
  const places = [];
  try {
    for (const kind of brokers) {
      const broker = kind === 'floor' ? await startFloor() : await startMosquitto(folder);
      if (!broker) return undefined;
      places.push({broker, folder, fleet: fleets ? await startFleet() : undefined});
    }
    return await work(places);
  } finally {
    for (const {broker, fleet} of places) {
      fleet?.kill();
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

/** `iotctl bench conn`, with a process for each broker. */
async function benchConn(places) {
  const {report, brokerCpuSec, wallSec} = await benchOf(places, 'conn', [
    ...['--devices', devices * places.length, '--agents', places.length],
    ...['--duration', '3s', '--connect-rate', 10_000],
  ]);
  const {clients, connectMs, generator} = report;
  return {
    connections: clients.connected,
    perSec: Math.round((clients.connected * 1000) / connectMs),
    kbEach: Math.round(generator.bytesPerConnection / 102.4) / 10,
    failures: report.failures.total,
    brokerCpu: share(brokerCpuSec, wallSec),
  };
}

async function benchPub(place, qos) {
  const {report, brokerCpuSec, cpuSec, wallSec} = await benchOf([place], 'pub', [
    // As the bare client: a broker does more for MQTT 5, and for a topic of more levels.
    ...['--protocol-version', 4, '--topic', 'bench/{i}'],
    ...['--devices', PUBLISHERS, '--model', values.model, '--qos', qos, '--rate', 'max'],
    ...['--inflight', values.inflight, '--duration', `${seconds}s`],
  ]);
  const {total} = report.counters[qos === 0 ? 'sent' : 'acknowledged'];
  return {
    perSec: Math.round((total * 1000) / report.loadMs),
    cpuMicrosEach: Math.round((cpuSec / total) * 1e8) / 100,
    failures: report.failures.total,
    wallSec: Math.round(wallSec * 10) / 10,
    // Nearly all of it while there was load.
    brokerCpu: share(brokerCpuSec, report.loadMs / 1000),
  };
}

/** What the broker acknowledges to the bare client and to `bench pub`, one after the other, several times. */
async function acknowledgedRounds([place]) {
  const rounds = [];
  for (let round = 0; round < QOS1_ROUNDS; round++) {
    const fleet = await startFleet();
    const bare = await publishAll({...place, fleet}, {qos: 1}).finally(() => fleet.kill());
    const bench = await benchPub(place, 1);
    rounds.push({bare, bench, share: Math.round((bench.perSec / bare.perSec) * 100) / 100});
  }
  rounds.sort((a, b) => a.share - b.share);
  return {...rounds[Math.floor(QOS1_ROUNDS / 2)], shares: rounds.map(({share}) => share)};
}

/**
 * At a fixed rate for minutes: does the load tester's memory grow? Its peaks are compared: between them V8 gives room back now and then,
 * and a line through that says nothing.
 */
async function benchMemory([place]) {
  const {rssMb} = await benchOf([place], 'pub', [
    ...['--devices', PUBLISHERS, '--model', values.model, '--rate', MEMORY_PER_SEC],
    ...['--duration', `${values.minutes}m`],
  ]);
  const middle = Math.floor(rssMb.length / 2);
  const [before, after] = [rssMb.slice(0, middle), rssMb.slice(middle)].map(half => Math.max(...half));
  return {
    minutes: Number(values.minutes),
    rssMb: rssMb.filter((_, index) => index % Math.ceil(rssMb.length / 20) === 0),
    maxMb: [before, after],
    growth: Math.round((after / before - 1) * 1000) / 1000,
  };
}

async function benchOf(places, command, flags) {
  const cpuSec = () => places.reduce((sum, {broker}) => sum + usageOf(broker.pid).cpuSec, 0);
  const before = cpuSec();
  const urls = places.flatMap(({broker}) => ['--url', urlOf(broker)]);
  const [{folder}] = places;
  const args = [command, ...urls, '--source', sourceRange(), ...flags.map(String)];
  const told = await runBenchCommand(args, {XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder});
  return {...told, brokerCpuSec: cpuSec() - before};
}

const sourceRange = () => `127.0.0.2-${sources.length + 1}`;

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
  const {connectionsPerSec, qos0PerSec, qos1Share, brokerBusy, growth} = TARGET;
  const misses = [];
  for (const kind of ['connect', 'bench conn'])
    if (bestOf(kind) < connectionsPerSec)
      misses.push(`${kind}: ${bestOf(kind)} connections/s, not ${connectionsPerSec}`);
  for (const kind of ['qos0', 'bench pub qos0'])
    if (bestOf(kind) < qos0PerSec) misses.push(`${kind}: ${bestOf(kind)} messages/s, not ${qos0PerSec}`);
  for (const [name, {kbEach = 0, connections = devices}] of Object.entries(results)) {
    if (kbEach > TARGET.kbEach) misses.push(`${name}: ${kbEach} KB a connection, not ${TARGET.kbEach}`);
    if (connections < devices) misses.push(`${name}: ${connections} of ${devices} connections held`);
  }
  const qos1 = results['bench pub qos1 mosquitto'];
  if (qos1?.share < qos1Share && qos1.bench.brokerCpu < brokerBusy)
    misses.push(`bench pub qos1: ${qos1.bench.perSec} messages/s, and the bare client ${qos1.bare.perSec}`);
  if (results.memory?.growth > growth)
    misses.push(`memory grew by ${results.memory.growth * 100} % in the second half of the run`);
  return misses;
}

const advice = tooFewFiles(devices);
if (advice === undefined) {
  await run();
} else {
  process.stderr.write(`${advice}\n`);
  process.exitCode = 2;
}
