/**
 * How fast one thread stores telemetry: events and readings, from a stream in memory into DuckDB. Prints one JSON line.
 * `node bench/store.js [events] [metrics an event]`, after a build.
 */
import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Store} from '../build/store/store.js';

const EVENTS = Number(process.argv[2] ?? 2_000_000);
const METRICS = Number(process.argv[3] ?? 1);
const DEVICES = 1000;
const START_MS = Date.UTC(2026, 0, 31);

const devices = Array.from({length: DEVICES}, (_, index) => `thermostat-${String(index).padStart(5, '0')}`);

/** A stream whose events follow from their offsets; what making them costs is counted apart. */
class MadeStream {
  makingUs = 0;
  #cursor = 0;
  first = () => 0;
  head = () => EVENTS;
  cursor = () => this.#cursor;
  cursors = () => [];
  bytes = () => 0;
  close = async () => {};

  async moveCursor(_name, offset) {
    this.#cursor = offset;
  }

  async read(offset, maxEvents) {
    const before = process.cpuUsage();
    const count = Math.min(maxEvents, EVENTS - offset);
    const events = Array.from({length: count}, (_, index) => eventAt(offset + index));
    const {user, system} = process.cpuUsage(before);
    this.makingUs += user + system;
    return events;
  }
}

function eventAt(offset) {
  const values = {temperature: Math.round(2000 + 500 * Math.sin(offset)) / 100};
  for (let metric = 1; metric < METRICS; metric++) values[`metric_${metric}`] = (offset * metric) % 1000;
  return {
    offset,
    tenant: 'default',
    device: devices[offset % DEVICES],
    type: 'telemetry',
    component: '',
    timeMs: undefined,
    recordedMs: START_MS + Math.floor(offset / 100),
    contentType: 'application/json',
    payload: Buffer.from(JSON.stringify(values)),
    attributes: undefined,
  };
}

const folder = mkdtempSync(join(tmpdir(), 'iotctl-bench-store-'));
try {
  const stream = new MadeStream();
  const beginCpu = process.cpuUsage();
  const beginMs = performance.now();
  const store = await Store.open({folder, reader: stream});
  await store.catchUp();
  const seconds = (performance.now() - beginMs) / 1000;
  const {user, system} = process.cpuUsage(beginCpu);
  const {rows} = await store.query('default', {
    sql: 'SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM readings)',
    timeoutMs: 60_000,
    maxRows: 1,
  });
  const rssMb = Math.round(process.memoryUsage.rss() / 1e6);
  await store.close();
  console.log(
    JSON.stringify({
      bench: 'store',
      events: EVENTS,
      metrics: METRICS,
      rows: rows[0],
      eventsPerSec: Math.round(EVENTS / (seconds - stream.makingUs / 1e6)),
      cpuUsPerEvent: Number(((user + system - stream.makingUs) / EVENTS).toFixed(2)),
      rssMb,
      bytesPerEvent: Number((statSync(join(folder, 'default.duckdb')).size / EVENTS).toFixed(1)),
    }),
  );
} finally {
  rmSync(folder, {recursive: true, force: true});
}
