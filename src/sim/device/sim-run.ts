/** The devices of one process: they connect at a pace, live for a while, and end in order. */
import {IotctlError} from '../../domain/errors.js';
import type {RunPhase} from '../../domain/live-view.js';
import {nowMs} from '../measure/clock.js';
import {GeneratorMeter} from '../measure/generator.js';
import type {RunSnapshot} from '../measure/run-snapshot.js';
import {problemsText, readSimulation} from '../model/read-simulation.js';
import type {SimulatedModel} from '../model/simulated-model.js';
import {type Endpoint, openEndpoint} from '../wire/endpoint.js';
import {OpeningWindow} from '../wire/opening-window.js';
import {DeviceClock} from './device-clock.js';
import type {SharedParts} from './device-parts.js';
import {FleetRate} from './fleet-rate.js';
import {Scheduler} from './scheduler.js';
import {SimDevice} from './sim-device.js';
import type {PlannedBroker, PlannedDevice, SimPlan} from './sim-plan.js';
import {Tally} from './tally.js';
import {TruthFile} from './truth.js';

const POLL_MS = 5;

/** Devices that have not connected, nor failed to, by then are not waited for. */
const CONNECT_MS_MAX = 60_000;

/** After the last message, its acknowledgement is waited for so long; less when somebody wants to go. */
const DRAIN_MS_MAX = 10_000;
const DRAIN_MS_IN_A_HURRY = 2000;

/** Connections close in order within so long. */
const END_MS_MAX = 2000;

/** Nobody receives here: what is measured are acknowledgements. */
const NOTHING_RECEIVED = {received: 0, duplicated: 0, reordered: 0, late: 0, missing: 0};

export class SimRun {
  readonly #plan: SimPlan;
  readonly #onPhase: (phase: RunPhase) => void;
  readonly #tally = new Tally();
  readonly #meter = new GeneratorMeter();
  readonly #scheduler = new Scheduler<SimDevice>();
  readonly #truth: TruthFile | undefined;
  readonly #stop = new AbortController();
  readonly #clock: DeviceClock;
  readonly #window: OpeningWindow<number>;
  #devices: SimDevice[] = [];
  #settled = 0;
  /** Has it connected, and not begun yet? */
  #isIdle = false;
  #finish!: (snapshot: RunSnapshot) => void;
  #fail!: (error: unknown) => void;
  /** Resolves when it has run its time, or was stopped, and everything is closed. */
  readonly done: Promise<RunSnapshot>;

  constructor(plan: SimPlan, onPhase: (phase: RunPhase) => void = () => undefined) {
    this.#plan = plan;
    this.#onPhase = onPhase;
    this.#clock = new DeviceClock(plan.clock);
    this.#window = new OpeningWindow(plan.agents);
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    this.#truth = plan.truthPath === null ? undefined : new TruthFile(plan.truthPath);
  }

  snapshot(): RunSnapshot {
    return {
      measurements: this.#tally.measurements.snapshot(),
      totals: NOTHING_RECEIVED,
      delivery: null,
      generator: this.#meter.read(),
    };
  }

  /** Ends it early; `done` resolves when it has. */
  stop(): void {
    this.#stop.abort();
    if (this.#isIdle) this.#abandon().then(this.#finish, this.#fail);
    this.#isIdle = false;
  }

  /** Nothing comes from other processes that would have to be waited for. */
  complete(): void {}

  /** All of it, at once and alone. */
  async run(): Promise<RunSnapshot> {
    await this.connect();
    this.begin();
    return this.done;
  }

  /** Resolves when every device is connected, or will not be waited for; `atMs` is when the first is due. */
  async connect(atMs = nowMs()): Promise<void> {
    try {
      await this.#open(atMs);
      this.#isIdle = true;
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  /** The clock by which the devices live begins at `atMs`, which is the same in all processes of a run. */
  begin(atMs = nowMs()): void {
    this.#isIdle = false;
    this.#clock.begin(atMs, Math.round(Date.now() + atMs - nowMs()));
    this.#live(atMs).then(this.#finish, this.#fail);
  }

  async #open(atMs: number): Promise<void> {
    const plan = this.#plan;
    const endpoints = new Endpoints(plan);
    const models = plan.fleets.map(({spec}) => compiled(spec));
    this.#onPhase('connecting');
    const shared = this.#shared();
    const giveUpMs = atMs + CONNECT_MS_MAX + (plan.devices.length * 1000) / plan.connectionsPerSec;
    while (!this.#stop.signal.aborted && nowMs() < giveUpMs) {
      const due = Math.ceil(((nowMs() - atMs) * plan.connectionsPerSec) / 1000) + 1;
      while (this.#devices.length < Math.min(due, plan.devices.length) && this.#window.hasRoom(nowMs())) {
        const planned = plan.devices[this.#devices.length]!;
        const device = await this.#device(planned, models, endpoints, shared);
        this.#devices.push(device);
        this.#window.opened(planned.number, nowMs());
        device.open();
      }
      if (this.#settled >= plan.devices.length) break;
      await pause(POLL_MS);
    }
  }

  async #device(
    planned: PlannedDevice,
    models: readonly SimulatedModel[],
    endpoints: Endpoints,
    shared: SharedParts,
  ): Promise<SimDevice> {
    const {fleet, number, localAddress, id, clientId, username, password} = planned;
    return new SimDevice({
      login: {id, clientId, username, password},
      number,
      localAddress,
      recording: planned.recording,
      fleet: this.#plan.fleets[fleet]!.fleet,
      model: models[fleet]!,
      endpoint: await endpoints.of(planned),
      shared,
    });
  }

  #shared(): SharedParts {
    const {seed, lifeMs, rate, protocolVersion, keepAliveSec, window, topicPrefix, platform} = this.#plan;
    return {
      seed,
      clock: this.#clock,
      lifeMs,
      rate: rate === null ? undefined : new FleetRate(rate),
      tally: this.#tally,
      truth: this.#truth?.record,
      protocolVersion,
      keepAliveSec,
      window,
      topicPrefix,
      platform,
      schedule: (device, realMs) => this.#scheduler.set(device, realMs),
      settled: number => {
        this.#settled++;
        this.#window.answered(number);
      },
    };
  }

  async #live(atMs: number): Promise<RunSnapshot> {
    try {
      await this.#until(() => nowMs() >= atMs, Math.max(0, atMs - nowMs()));
      this.#onPhase('running');
      for (const device of this.#devices) device.live();
      const isOver = (): boolean => this.#stop.signal.aborted || this.#devices.every(device => device.isOver);
      await this.#until(isOver, this.#plan.durationMs ?? Infinity);
      this.#onPhase('draining');
      await this.#drain();
      await this.#end();
      return this.snapshot();
    } finally {
      this.#close();
    }
  }

  /** It is not to begin at all. */
  async #abandon(): Promise<RunSnapshot> {
    try {
      await this.#end();
      return this.snapshot();
    } finally {
      this.#close();
    }
  }

  #close(): void {
    this.#scheduler.stop();
    this.#truth?.flush();
    this.#meter[Symbol.dispose]();
  }

  /** Waits for what is on its way. */
  async #drain(): Promise<void> {
    for (const device of this.#devices) device.stop();
    const waitMs = this.#stop.signal.aborted ? DRAIN_MS_IN_A_HURRY : DRAIN_MS_MAX;
    await this.#until(() => this.#tally.inFlightNow === 0, waitMs);
    const {measurements} = this.#tally;
    measurements.count(
      'unacknowledged',
      this.#devices.reduce((sum, device) => sum + device.unacknowledged, 0),
    );
  }

  async #end(): Promise<void> {
    for (const device of this.#devices) device.leave();
    await this.#until(() => this.#devices.every(device => device.isClosed), END_MS_MAX);
  }

  async #until(done: () => boolean, waitMs: number): Promise<void> {
    const endMs = nowMs() + waitMs;
    while (!done() && nowMs() < endMs) await pause(POLL_MS);
  }
}

/** One for each broker, and one for each device with a certificate of its own. */
class Endpoints {
  readonly #plan: SimPlan;
  readonly #ofBrokers: Promise<Endpoint>[] = [];

  constructor(plan: SimPlan) {
    this.#plan = plan;
  }

  of({broker, certificate}: PlannedDevice): Promise<Endpoint> {
    const planned = this.#plan.brokers[broker]!;
    if (certificate) return opened({...planned, certificate});
    this.#ofBrokers[broker] ??= opened(planned);
    return this.#ofBrokers[broker];
  }
}

const opened = ({target, trust, certificate}: PlannedBroker): Promise<Endpoint> =>
  openEndpoint(target, {...(trust ? {trust} : {}), ...(certificate ? {certificate} : {})});

function compiled(spec: Parameters<typeof readSimulation>[0]): SimulatedModel {
  const {model, problems} = readSimulation(spec);
  if (model) return model;
  throw new IotctlError('IOT_INPUT_INVALID', `model ${spec.model}: ${problemsText(problems)}`);
}

const pause = (delayMs: number): Promise<void> => new Promise(resolve => setTimeout(resolve, delayMs));
