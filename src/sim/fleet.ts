/** A fleet of simulated devices, each with its own credential and connection, on one event loop. */
import type {Behaviour} from './device-behaviour.js';
import type {DeviceLogin} from './device-connection.js';
import {FleetDevice} from './fleet-device.js';
import {type FleetReport, FleetStatistics} from './fleet-statistics.js';
import type {Random} from './random.js';

export interface FleetOptions {
  readonly host: string;
  readonly port: number;
  readonly devices: readonly DeviceLogin[];
  /** The topic of each device's messages. */
  readonly topicOf: (login: DeviceLogin) => string;
  readonly behaviourOf: (index: number) => Behaviour;
  /** Messages per second and device; 0 sends as fast as acknowledgements come. */
  readonly ratePerSec: number;
  readonly durationMs: number;
  /** Messages that one device has in flight at most. */
  readonly window: number;
  readonly connectionsPerSec: number;
  /** Do devices listen for commands, and leave a will? Only where the broker knows those topics. */
  readonly listens: boolean;
  readonly resend: boolean;
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FleetProgress) => void) | undefined;
  readonly onAcknowledged?: ((payload: Buffer) => void) | undefined;
}

export interface FleetProgress {
  readonly connected: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly elapsedMs: number;
}

/** Devices are asked what is due this often: small fleets keep their schedule to a few milliseconds. */
const tickMsOf = (devices: number): number => (devices <= 2000 ? 2 : 10);
const POLL_MS = 10;
const PROGRESS_EVERY_MS = 1000;

/** After the last message, this long is waited for its acknowledgement. */
const DRAIN_MS_MAX = 10_000;

/** Devices that are not connected by then are not waited for. */
const CONNECT_MS_MAX = 60_000;

/** Resolves when the fleet has run its time, or was told to stop, and has been waited for. */
export async function runFleet(options: FleetOptions): Promise<FleetReport> {
  const statistics = new FleetStatistics(options.onAcknowledged);
  const fleet = options.devices.map((login, index) => makeDevice(options, login, index, statistics));
  const startedMs = performance.now();
  const progress = setInterval(() => report(options, statistics, startedMs), PROGRESS_EVERY_MS);
  let durationMs = 0;
  let connectMs = 0;
  try {
    await connectAll(options, fleet, statistics);
    connectMs = performance.now() - startedMs;
    durationMs = await sendAll(options, fleet);
    await drain(fleet, options.signal);
  } finally {
    clearInterval(progress);
    for (const device of fleet) device.end();
  }
  return statistics.report({devices: fleet.length, durationMs, connectMs});
}

function makeDevice(
  options: FleetOptions,
  login: DeviceLogin,
  index: number,
  statistics: FleetStatistics,
): FleetDevice {
  return new FleetDevice({
    connection: {
      host: options.host,
      port: options.port,
      login,
      topic: options.topicOf(login),
      commandFilter: options.listens ? 'me/cmd/#' : undefined,
      willTopic: options.listens ? 'me/status' : undefined,
    },
    behaviour: options.behaviourOf(index),
    intervalMs: options.ratePerSec === 0 ? 0 : 1000 / options.ratePerSec,
    firstDueMs: 0,
    window: options.window,
    resend: options.resend,
    statistics,
    random: options.random,
  });
}

async function connectAll(
  {connectionsPerSec, signal}: FleetOptions,
  fleet: readonly FleetDevice[],
  statistics: FleetStatistics,
): Promise<void> {
  const startedMs = performance.now();
  let opened = 0;
  while (!signal?.aborted) {
    const elapsedMs = performance.now() - startedMs;
    const due = Math.min(fleet.length, Math.ceil((elapsedMs * connectionsPerSec) / 1000) + 1);
    for (; opened < due; opened++) fleet[opened]!.open();
    const settled = statistics.everConnected + statistics.refusedConnections;
    if (opened === fleet.length && settled >= fleet.length) return;
    if (elapsedMs > CONNECT_MS_MAX + (fleet.length * 1000) / connectionsPerSec) return;
    if (statistics.everConnected === 0 && statistics.lostConnections > fleet.length * 3) return;
    await pause(POLL_MS);
  }
}

/** Gives back how long it took, in milliseconds. The devices' schedules are spread over one interval. */
async function sendAll(
  {ratePerSec, durationMs, signal}: FleetOptions,
  fleet: readonly FleetDevice[],
): Promise<number> {
  const startedMs = performance.now();
  const intervalMs = ratePerSec === 0 ? 0 : 1000 / ratePerSec;
  for (const [index, device] of fleet.entries())
    device.start(startedMs + (intervalMs * index) / fleet.length);
  while (!signal?.aborted) {
    const nowMs = performance.now();
    if (nowMs - startedMs >= durationMs) break;
    const wallMs = Date.now();
    for (const device of fleet) {
      device.tick(nowMs, wallMs);
      device.keepAlive(nowMs);
    }
    await pause(tickMsOf(fleet.length));
  }
  for (const device of fleet) device.stopSending();
  return performance.now() - startedMs;
}

async function drain(fleet: readonly FleetDevice[], signal: AbortSignal | undefined): Promise<void> {
  const endMs = performance.now() + (signal?.aborted ? DRAIN_MS_MAX / 5 : DRAIN_MS_MAX);
  while (performance.now() < endMs && fleet.some(device => device.inFlight > 0)) await pause(POLL_MS);
}

function report({onProgress}: FleetOptions, statistics: FleetStatistics, startedMs: number): void {
  onProgress?.({
    connected: statistics.connectedNow,
    sent: statistics.sentTotal,
    acknowledged: statistics.acknowledgedTotal,
    elapsedMs: performance.now() - startedMs,
  });
}

const pause = (delayMs: number): Promise<void> => new Promise(resolve => setTimeout(resolve, delayMs));
