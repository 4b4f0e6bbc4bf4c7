/**
 * A part of a fleet, as a process of its own: connects devices, publishes what a model makes, and says what that cost.
 * Told what to do by messages of its parent, one after the other.
 */

import {loadModel} from '../../build/sim/model/load-model.js';
import {parseBrokerTarget} from '../../build/sim/wire/broker-target.js';
import {encodeTopic} from '../../build/sim/wire/encoded-topic.js';
import {openEndpoint} from '../../build/sim/wire/endpoint.js';
import {MqttClient} from '../../build/sim/wire/mqtt-client.js';

const BATCH = 25;
const BATCHES_A_MARK = 40;
const MARKS_MAX = 2;
/** What may wait in a socket before its device waits too. */
const WAITING_BYTES_MAX = 64 * 1024;
const SETTLE_MS = 500;

let clients = [];

process.on('message', told => void perform(told));
process.send({ready: true});

/** Does what it is told, and answers with what came out and what it cost. */
async function perform({task, ...options}) {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const result = await {connect, publish}[task](options);
  const sec = (performance.now() - startedMs) / 1000;
  process.send({...result, sec, cpuSec: cpuSince(before)});
}

/** Opens so many connections, `atOnce` of which may be waiting for their CONNACK. */
async function connect({url, count, atOnce, sources}) {
  const endpoint = await openEndpoint(parseBrokerTarget(url));
  const rssBefore = await settledRssKb();
  const startedMs = performance.now();
  const before = process.cpuUsage();
  await new Promise((resolve, reject) => {
    let waiting = 0;
    let connected = 0;
    const handler = {
      connected() {
        waiting--;
        connected++;
        if (connected === count) resolve();
        else openSome();
      },
      refused: (_, reason) => reject(new Error(`refused: ${reason}`)),
      lost: (_, reason) => reject(new Error(`lost after ${connected}: ${reason}`)),
    };
    const openSome = () => {
      for (; waiting < atOnce && clients.length < count; waiting++) {
        const number = clients.length;
        const localAddress = sources[number % sources.length];
        const options = {
          endpoint,
          localAddress,
          protocolVersion: 4,
          clientId: `fleet-${process.pid}-${number}`,
        };
        const client = new MqttClient({...options, cleanStart: true, keepAliveSec: 300}, forwarding(handler));
        clients.push(client);
        client.open();
      }
    };
    openSome();
  });
  const sec = (performance.now() - startedMs) / 1000;
  const connectCpuSec = cpuSince(before);
  const rssKb = await settledRssKb();
  return {
    count,
    connectSec: sec,
    connectCpuSec,
    kbEach: (rssKb - rssBefore) / count,
    rssMb: Math.round(rssKb / 1024),
  };
}

/** One handler for all clients, whose work changes from task to task. */
let now = {};
const shared = {
  connected: (...told) => now.connected?.(...told),
  refused: (...told) => now.refused?.(...told),
  lost: (...told) => now.lost?.(...told),
  acknowledged: (client, packetId) => now.acknowledged?.(client, packetId),
  drained: client => now.drained?.(client),
  ended: client => now.ended?.(client),
};

function forwarding(handler) {
  now = handler;
  return shared;
}

/** Publishes for so long, each payload made by its device's model. */
async function publish({model: name, qos, inFlight, seconds, acknowledges}) {
  const model = await loadModel(name);
  const devices = clients.map((client, index) => ({
    client,
    topic: encodeTopic(`bench/${index}`),
    payloads: model.device(1, index).payloads(),
  }));
  const run = qos === 0 ? publishFreely : publishAcknowledged;
  return run(devices, {endMs: performance.now() + seconds * 1000, inFlight, acknowledges});
}

/**
 * QoS 0: a batch of each device in turn. A socket takes megabytes that the broker never asked for, so every thousandth
 * message is of QoS 1 where the broker acknowledges: what counts is what it has read, and two thousand may be on their way.
 */
async function publishFreely(devices, {endMs, acknowledges}) {
  const byClient = new Map(
    devices.map(device => [device.client, Object.assign(device, {batches: 0, marks: 0})]),
  );
  let wake = () => {};
  now = {
    acknowledged(client) {
      byClient.get(client).marks--;
      wake();
    },
    drained: () => wake(),
  };
  const firstTimeMs = Date.now();
  let sent = 0;
  for (let turn = 0; performance.now() < endMs; turn++) {
    const before = sent;
    for (const device of devices) {
      if (device.client.writableLength <= WAITING_BYTES_MAX && device.marks < MARKS_MAX)
        sent += sendBatch(device, firstTimeMs + turn * 1000, acknowledges);
    }
    await new Promise(resolve => {
      wake = resolve;
      if (sent > before) setImmediate(resolve);
    });
  }
  while (devices.some(({marks}) => marks > 0)) {
    await new Promise(resolve => {
      wake = resolve;
    });
  }
  await endAll();
  const sample = Buffer.alloc(devices[0].payloads.maxBytes);
  return {sent, payloadBytes: devices[0].payloads.write(sample, 0, Date.now())};
}

/** Gives back how many messages there were. */
function sendBatch(device, timeMs, acknowledges) {
  const {client, topic, payloads} = device;
  const details = {timeMs};
  for (let number = 1; number < BATCH; number++) client.writePublish(topic, 0, payloads, details);
  const marks = acknowledges && ++device.batches % BATCHES_A_MARK === 0;
  if (marks) device.marks++;
  const last = marks ? {timeMs, packetId: client.nextPacketId()} : details;
  client.writePublish(topic, marks ? 1 : 0, payloads, last);
  client.flush();
  return BATCH;
}

/** QoS 1: `inFlight` messages of each device on their way, and the next with each acknowledgement. */
function publishAcknowledged(devices, {endMs, inFlight}) {
  const byClient = new Map(devices.map(device => [device.client, device]));
  const details = {timeMs: Date.now(), packetId: 0};
  const send = ({client, topic, payloads}) => {
    details.packetId = client.nextPacketId();
    client.writePublish(topic, 1, payloads, details);
  };
  return new Promise((resolve, reject) => {
    let acknowledged = 0;
    let waiting = 0;
    now = {
      acknowledged(client) {
        acknowledged++;
        if (acknowledged % 64 === 0) details.timeMs = Date.now();
        if (performance.now() < endMs) send(byClient.get(client));
        else if (--waiting === 0) resolve({sent: acknowledged});
      },
      lost: (_, reason) => reject(new Error(`lost: ${reason}`)),
    };
    for (const device of devices) {
      for (let number = 0; number < inFlight; number++) send(device);
      device.client.flush();
      waiting += inFlight;
    }
  });
}

/** Says goodbye; resolves when the broker has read everything and closed the connections. */
function endAll() {
  return new Promise(resolve => {
    let open = clients.length;
    now = {
      ended: () => {
        if (--open === 0) resolve();
      },
    };
    for (const client of clients) client.end();
    clients = [];
  });
}

/** Resident memory when the garbage is gone. */
async function settledRssKb() {
  for (let round = 0; round < 2; round++) {
    globalThis.gc();
    await new Promise(resolve => setTimeout(resolve, SETTLE_MS));
  }
  return process.memoryUsage().rss / 1024;
}

/** CPU seconds of all threads. */
function cpuSince(before) {
  const {user, system} = process.cpuUsage(before);
  return (user + system) / 1e6;
}
