/** The load that benchmarks put on a broker: publishers of the load tester, QoS 1, and what came of it. */
import {LoadRun} from '../../build/sim/load/load-run.js';
import {LatencyHistogram} from '../../build/sim/measure/histogram.js';

/** In the stamps of its messages. */
export const RUN = 'bench';

/**
 * Publishes for so many seconds, from when all devices are connected. `payload` is that of the load tester's plan; a rate of
 * 0 sends as fast as acknowledgements come, `inflight` messages of each device on their way. `onSecond` hears how many are
 * connected, and how many messages are acknowledged.
 */
export async function publish({port, devices, topic, payload, ratePerSec, seconds, inflight, onSecond}) {
  const times = {};
  const run = await LoadRun.prepare(
    planOf({port, devices, topic, payload, ratePerSec, seconds, inflight}),
    phase => {
      times[phase] = performance.now();
    },
  );
  const count = name => run.measurements.counter(name);
  const told = () => onSecond?.({connected: count('connected'), acknowledged: count('acknowledged')});
  const timer = setInterval(told, 1000);
  try {
    await run.connect();
    if (count('connected') < devices.length) throw new Error(`${count('connected')} devices could connect`);
    run.begin();
    const {measurements} = await run.done;
    const {sent, acknowledged} = measurements.counters;
    return {
      perSec: Math.round((acknowledged * 1000) / (times.draining - times.running)),
      sent,
      acknowledged,
      lost: sent - acknowledged,
      latencyMs: percentilesOf(measurements.latencies.puback),
    };
  } finally {
    clearInterval(timer);
  }
}

function planOf({port, devices, topic, payload, ratePerSec, seconds, inflight}) {
  return {
    run: RUN,
    slice: {agent: 0, agents: 1},
    brokers: [{target: {transport: 'tcp', host: '127.0.0.1', port}}],
    protocolVersion: 4,
    sources: [],
    start: 1,
    identity: {clientId: 'bench-{i}'},
    listed: devices.map(({id, username, password}) => ({clientId: id, username, password})),
    session: {cleanStart: true, keepAliveSec: 60},
    connect: {ratePerSec: 1000, timeoutMs: 10_000, reconnect: null},
    idle: 0,
    publish: {
      clients: devices.length,
      topic,
      qos: 1,
      retain: false,
      inflight,
      payload,
      rate:
        ratePerSec === 0
          ? null
          : {startPerSec: ratePerSec, stages: [{durationMs: seconds * 1000, ratePerSec}]},
      jitterMs: 0,
      count: null,
    },
    subscribe: null,
    durationMs: seconds * 1000,
    drainMs: 10_000,
    lateAfterMs: Infinity,
    seed: 1,
  };
}

/** From when a message was due until its PUBACK. */
function percentilesOf(latency) {
  if (latency === undefined) return {p50: 0, p90: 0, p99: 0, max: 0};
  const [p50, p90, p99, max] = LatencyHistogram.decode(latency.schedule)
    .percentiles([50, 90, 99, 100])
    .map(ms => Math.round(ms * 100) / 100);
  return {p50, p90, p99, max};
}
