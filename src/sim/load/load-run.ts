/**
 * One process's share of a load test: connects its clients, sends what is due, waits for what is on its way. One timer serves all of
 * them, so that a turn costs what is due and not what there is.
 */
import type {RunPhase} from '../../domain/live-view.js';
import {nowMs} from '../measure/clock.js';
import {GeneratorMeter} from '../measure/generator.js';
import type {Measurements} from '../measure/measurements.js';
import type {RunSnapshot} from '../measure/run-snapshot.js';
import type {Clients} from './clients.js';
import {LoadProgress, type Progress} from './load-progress.js';
import {makeClients} from './make-clients.js';
import {Openings} from './openings.js';
import {Pace} from './pace.js';
import type {LoadPlan} from './plan.js';
import type {Sender} from './sender.js';

/** A turn of the loop comes after so long at the earliest, and at the latest. */
const TURN_MS_MIN = 1;
const TURN_MS_MAX = 10;
/** After Ctrl-C no longer than this is waited for what is on its way. */
const INTERRUPTED_DRAIN_MS = 2000;
/** Whether everything has arrived is asked this often. */
const ARRIVAL_CHECK_MS = 20;

export class LoadRun {
  /** Resolves when everything is sent, received and closed, with the whole account. */
  readonly done: Promise<RunSnapshot>;
  readonly #plan: LoadPlan;
  readonly #clients: Clients;
  readonly #meter = new GeneratorMeter();
  readonly #openings: Openings;
  readonly #progress: LoadProgress;
  readonly #onPhase: (phase: RunPhase) => void;
  #pace: Pace | undefined;
  #hungry: Sender[] = [];
  #phase: RunPhase = 'preparing';
  #unsettled: number;
  #startMs = 0;
  #drainEndMs = Infinity;
  #checkedMs = 0;
  #complete = false;
  #stopping: 'no' | 'finish' | 'interrupt' = 'no';
  #timer: NodeJS.Timeout | undefined;
  #onSettled: () => void = () => {};
  #finish!: (snapshot: RunSnapshot) => void;
  #fail!: (error: unknown) => void;

  private constructor(plan: LoadPlan, clients: Clients, onPhase: (phase: RunPhase) => void) {
    this.#plan = plan;
    this.#clients = clients;
    this.#onPhase = onPhase;
    this.#unsettled = clients.all.length;
    this.#openings = new Openings(clients.all, plan.connect.ratePerSec, clients.window);
    this.#progress = new LoadProgress(plan, clients);
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    clients.hooks = {
      openAt: (client, dueMs) => this.#openings.again(client, dueMs),
      settled: () => this.#settled(),
      hungry: sender => this.#hungry.push(sender),
      dueMs: (publisher, sequence, sentMs) => this.#pace!.dueMs(publisher, sequence, sentMs),
    };
  }

  /** Nothing is connected yet. Throws for a plan that cannot be run, as `openEndpoint` and payloads do. */
  static async prepare(plan: LoadPlan, onPhase: (phase: RunPhase) => void = () => {}): Promise<LoadRun> {
    return new LoadRun(plan, await makeClients(plan), onPhase);
  }

  get phase(): RunPhase {
    return this.#phase;
  }

  get measurements(): Measurements {
    return this.#clients.measurements;
  }

  /** Resolves when every client is connected and subscribed, or will never be; `atMs` is when the first is due. */
  connect(atMs = nowMs()): Promise<void> {
    this.#enter('connecting');
    this.#openings.begin(atMs);
    this.#turnIn(0);
    return new Promise(resolve => {
      this.#onSettled = resolve;
      if (this.#unsettled === 0 || this.#stopping !== 'no') resolve();
    });
  }

  /** The load begins at `atMs`, which is the same in all processes of a run. */
  begin(atMs = nowMs()): void {
    if (this.#stopping !== 'no') return;
    this.#startMs = atMs;
    this.#enter('running');
    this.#pace = Pace.of(this.#plan, this.#clients.senders, atMs);
  }

  /** Another rate from now on, of all publishers together. */
  setRate(ratePerSec: number): void {
    this.#pace?.setRate(ratePerSec, nowMs());
  }

  progress(): Progress {
    return this.#progress.read();
  }

  /** Sends no more; what is on its way is still waited for. With `interrupt`, only a moment. */
  stop(how: 'finish' | 'interrupt' = 'finish'): void {
    if (this.#stopping === 'no') this.#stopping = how;
    if (this.#phase === 'preparing' || this.#phase === 'connecting') this.#onSettled();
  }

  /** Everything has arrived: what only who knows all processes can say. */
  complete(): void {
    this.#complete = true;
  }

  /** Everything so far. */
  snapshot(): RunSnapshot {
    return {
      measurements: this.#clients.measurements.snapshot(),
      totals: this.#clients.accounting.totals(),
      delivery: null,
      generator: this.#meter.read(),
    };
  }

  #enter(phase: RunPhase): void {
    this.#phase = phase;
    this.#onPhase(phase);
  }

  #settled(): void {
    this.#unsettled--;
    if (this.#unsettled === 0) this.#onSettled();
  }

  #turnIn(delayMs: number): void {
    this.#timer = setTimeout(() => this.#turn(), delayMs);
  }

  #turn(): void {
    try {
      const atMs = nowMs();
      if (this.#stopping === 'no' || this.#phase === 'draining') this.#openings.open(atMs);
      if (this.#phase === 'running') this.#load(atMs);
      this.#feed();
      if (this.#isOver(atMs)) {
        this.#end().then(this.#finish, this.#fail);
        return;
      }
      if (this.#hungry.length > 0) setImmediate(() => this.#turn());
      else this.#turnIn(Math.min(TURN_MS_MAX, Math.max(TURN_MS_MIN, this.#nextMs() - nowMs())));
    } catch (error) {
      this.#fail(error);
    }
  }

  #nextMs(): number {
    return Math.min(this.#openings.nextMs, this.#pace?.nextMs ?? Infinity);
  }

  #load(atMs: number): void {
    this.#pace!.release(atMs, sender => this.#hungry.push(sender));
    if (this.#stopping === 'no' && !this.#hasCounted() && !this.#isTimeOver(atMs)) return;
    this.#pace!.stop();
    const drainMsMax = this.#stopping === 'interrupt' ? INTERRUPTED_DRAIN_MS : Infinity;
    this.#drainEndMs = atMs + Math.min(drainMsMax, this.#plan.drainMs);
    // What was due goes out first: who counts for several processes would find that all has come that was sent so far.
    this.#feed();
    this.#enter('draining');
  }

  /** Everything that was to come has come, or this process has sent its part of what was to be sent. */
  #hasCounted(): boolean {
    if (this.#progress.hasReceivedCount) return true;
    const {publish, command} = this.#plan;
    const count = publish?.count ?? command?.count ?? null;
    return count !== null && this.#hasSentAll();
  }

  #isTimeOver(atMs: number): boolean {
    const {durationMs} = this.#plan;
    return durationMs === null ? this.#hasSentAll() : atMs - this.#startMs >= durationMs;
  }

  #hasSentAll(): boolean {
    return this.#pace!.exhausted && this.#clients.senders.length > 0;
  }

  /** Who has something to send sends some of it. */
  #feed(): void {
    const hungry = this.#hungry;
    this.#hungry = [];
    for (const sender of hungry) sender.pump();
  }

  #isOver(atMs: number): boolean {
    if (this.#stopping !== 'no' && this.#phase === 'connecting') return true;
    if (this.#phase !== 'draining') return false;
    if (atMs >= this.#drainEndMs || this.#complete) return true;
    if (atMs - this.#checkedMs < ARRIVAL_CHECK_MS) return false;
    this.#checkedMs = atMs;
    return this.#progress.hasAllArrived;
  }

  async #end(): Promise<RunSnapshot> {
    clearTimeout(this.#timer);
    const interrupted = this.#stopping === 'interrupt';
    this.#clients.account({unsentCounts: !interrupted});
    const snapshot = {...this.snapshot(), delivery: this.#clients.delivery()};
    await this.#clients.end();
    this.#meter[Symbol.dispose]();
    this.#enter('ended');
    return snapshot;
  }
}
