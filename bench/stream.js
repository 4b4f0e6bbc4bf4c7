/** Durable appends per second, and the time from append to durable when idle. Prints one JSON line. Needs `build/`. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openStreamReader, openStreamWriter} from '../build/stream/lmdb-stream.js';

const EVENTS = 1_000_000;
const DEVICES = 1_000;
/** Whoever appends waits above this, as the gateway does. */
const PENDING_BYTES_MAX = 16 * 2 ** 20;
const IDLE_APPENDS = 200;

const folder = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'iotctl-bench-stream-'));
const writer = await openStreamWriter(folder, {});
const devices = Array.from({length: DEVICES}, (_, index) => `device-${index}`);
const payload = Buffer.from(
  JSON.stringify({
    ts: 1_700_000_000_000,
    v: {temperature: 21.53, humidity: 40.25, pressure: 1013.21, battery: 3.71, rssi: -71, seq: 1234567},
  }),
);

const event = index => ({
  tenant: 'default',
  device: devices[index % DEVICES],
  type: 'telemetry',
  component: '',
  timeMs: 1_700_000_000_000 + index,
  recordedMs: 1_700_000_000_050 + (index >> 6),
  contentType: 'application/json',
  payload,
  attributes: undefined,
});

const nextTurn = () => new Promise(resolve => setImmediate(resolve));

async function appendMany() {
  let durable = 0;
  const started = performance.now();
  for (let index = 0; index < EVENTS; ) {
    for (let step = 0; step < 500 && index < EVENTS; step++)
      writer.append(event(index++), error => {
        if (error) throw error;
        durable++;
      });
    do await nextTurn();
    while (writer.pendingBytes > PENDING_BYTES_MAX);
  }
  while (durable < EVENTS) await nextTurn();
  return (EVENTS / (performance.now() - started)) * 1000;
}

async function appendSlowly() {
  const tookMs = [];
  for (let index = 0; index < IDLE_APPENDS; index++) {
    await new Promise(resolve => setTimeout(resolve, 5));
    const started = performance.now();
    await new Promise((resolve, reject) =>
      writer.append(event(index), error => (error ? reject(error) : resolve(undefined))),
    );
    tookMs.push(performance.now() - started);
  }
  return tookMs.sort((a, b) => a - b);
}

async function readAll() {
  const reader = await openStreamReader(folder);
  const started = performance.now();
  let offset = 0;
  for (;;) {
    const events = await reader.read(offset, 10_000);
    if (events.length === 0) break;
    offset += events.length;
  }
  const tookMs = performance.now() - started;
  const bytes = reader.bytes();
  await reader.close();
  return {perSecond: (offset / tookMs) * 1000, bytesPerEvent: bytes / offset};
}

const appendsPerSecond = await appendMany();
const idleMs = await appendSlowly();
const read = await readAll();
await writer.close();
await rm(folder, {recursive: true, force: true});
console.log(
  JSON.stringify({
    bench: 'stream',
    payloadBytes: payload.length,
    appendsPerSecond: Math.round(appendsPerSecond),
    idleP50Ms: Number(idleMs[IDLE_APPENDS / 2].toFixed(2)),
    idleP99Ms: Number(idleMs[Math.floor(IDLE_APPENDS * 0.99)].toFixed(2)),
    readsPerSecond: Math.round(read.perSecond),
    bytesPerEvent: Math.round(read.bytesPerEvent),
    rssMb: Math.round(process.memoryUsage().rss / 2 ** 20),
  }),
);
