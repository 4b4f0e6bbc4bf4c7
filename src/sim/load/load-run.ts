/**
 * One process's share of a load test: connects its clients, sends what is due, waits for what is on its way. One timer serves all of
 * them, so that a turn costs what is due and not what there is.
 */
import type {RunPhase} from '../../domain/live-view.js';
import {DueHeap} from '../device/due-heap.js';
import {nowMs} from '../measure/clock.js';
import {GeneratorMeter} from '../measure/generator.js';
import type {Measurements} from '../measure/measurements.js';
import type {RunSnapshot} from '../measure/run-snapshot.js';
import type {Clients} from './clients.js';
import type {LoadClient} from './load-client.js';
import {makeClients} from './make-clients.js';
import {Pace} from './pace.js';
import {expectedOf, type LoadPlan} from './plan.js';
import type {Sender} from './sender.js';

/** A turn of the loop comes after so long at the earliest, and at the latest. */
const TURN_MS_MIN = 1;
const TURN_MS_MAX = 10;
/** After Ctrl-C no longer than this is waited for what is on its way. */
const INTERRUPTED_DRAIN_MS = 2000;
/** Whether everything has arrived is asked this often. */
const ARRIVAL_CHECK_MS = 20;
const ENDS_AT_ONCE = 500;

export class LoadRun {
  /** Resolves when everything is sent, received and closed, with the whole account. */
  readonly done: Promise<RunSnapshot>;
  readonly #plan: LoadPlan;
  readonly #clients: Clients;
  readonly #meter = new GeneratorMeter();
  readonly #reopens = new DueHeap<LoadClient>();
  readonly #onPhase: (phase: RunPhase) => void;
  readonly #opening: Iterator<{readonly client: LoadClient; readonly dueMs: number}>;
  #nextOpen: {readonly client: LoadClient; readonly dueMs: number} | undefined;
  #pace: Pace | undefined;
  #hungry: Sender[] = [];
  #phase: RunPhase = 'preparing';
  #unsettled: number;
  #connectStartMs = 0;
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
    this.#opening = this.#opens();
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    clients.hooks = {
      openAt: (client, dueMs) => this.#reopens.set(client, dueMs),
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
    this.#connectStartMs = atMs;
    this.#nextOpen = this.#opening.next().value;
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

  /** How many messages were due until now, how many of them have not arrived, and how many are not even sent. */
  progress(): {readonly due: number; readonly outstanding: number; readonly unsent: number} {
    const {senders, accounting} = this.#clients;
    const sum = (of: (sender: Sender) => number): number =>
      senders.reduce((total, sender) => total + of(sender), 0);
    const due = sum(({released}) => released);
    const unsent = due - sum(({next}) => next);
    const unacknowledged = sum(({outstanding}) => outstanding);
    const copies = expectedOf(this.#plan, 1);
    if (copies === 0 || copies === Infinity) return {due, outstanding: unacknowledged, unsent};
    const {received, duplicated, missing} = accounting.totals();
    const arrived = (received - duplicated + missing) / copies;
    return {due, outstanding: Math.max(unacknowledged, due - arrived), unsent};
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
      if (this.#stopping === 'no' || this.#phase === 'draining') this.#open(atMs);
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
    return Math.min(this.#nextOpen?.dueMs ?? Infinity, this.#reopens.nextMs, this.#pace?.nextMs ?? Infinity);
  }

  #open(atMs: number): void {
    const {window} = this.#clients;
    while (this.#nextOpen !== undefined && this.#nextOpen.dueMs <= atMs && window.hasRoom(atMs)) {
      this.#openNow(this.#nextOpen.client, this.#nextOpen.dueMs);
      this.#nextOpen = this.#opening.next().value;
    }
    while (this.#reopens.nextMs <= atMs && window.hasRoom(atMs)) {
      const client = this.#reopens.take(atMs)!;
      this.#openNow(client, client.dueMs);
    }
  }

  #openNow(client: LoadClient, dueMs: number): void {
    this.#clients.window.opened(client, nowMs());
    client.open(dueMs);
  }

  /** Each client at its place in the schedule of the whole run, whichever process it is in. */
  *#opens(): Generator<{readonly client: LoadClient; readonly dueMs: number}, undefined> {
    const {ratePerSec} = this.#plan.connect;
    for (const {client, place} of this.#clients.all)
      yield {client, dueMs: this.#connectStartMs + (place * 1000) / ratePerSec};
    return undefined;
  }

  #load(atMs: number): void {
    this.#pace!.release(atMs, sender => this.#hungry.push(sender));
    if (this.#stopping === 'no' && !this.#hasCounted() && !this.#isTimeOver(atMs)) return;
    this.#pace!.stop();
    this.#drainEndMs =
      atMs +
      (this.#stopping === 'interrupt'
        ? Math.min(INTERRUPTED_DRAIN_MS, this.#plan.drainMs)
        : this.#plan.drainMs);
    this.#enter('draining');
  }

  /** Everything that was to come has come, or this process has sent its part of what was to be sent. */
  #hasCounted(): boolean {
    const {publish, command, subscribe} = this.#plan;
    if (this.#clients.measurements.counter('received') >= (subscribe?.count ?? Infinity)) return true;
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
    return this.#allArrived();
  }

  /** Of messages that came from other processes this one cannot know whether they are all there. */
  #allArrived(): boolean {
    const {senders, accounting} = this.#clients;
    if (senders.some(({isDone}) => !isDone)) return false;
    const {subscribe, command, slice} = this.#plan;
    // Its devices still answer what other processes ask.
    if (command !== undefined) return slice.agents === 1;
    if (subscribe === null || subscribe.share === 'any') return true;
    if (slice.agents > 1) return false;
    const {received, duplicated} = accounting.totals();
    const sent = senders.reduce((sum, {next}) => sum + next, 0);
    return received - duplicated >= expectedOf(this.#plan, sent);
  }

  async #end(): Promise<RunSnapshot> {
    clearTimeout(this.#timer);
    const interrupted = this.#stopping === 'interrupt';
    this.#clients.account({unsentCounts: !interrupted});
    const snapshot = {...this.snapshot(), delivery: this.#clients.delivery()};
    const {all} = this.#clients;
    for (let from = 0; from < all.length; from += ENDS_AT_ONCE)
      await Promise.all(all.slice(from, from + ENDS_AT_ONCE).map(({client}) => client.end()));
    this.#meter[Symbol.dispose]();
    this.#enter('ended');
    return snapshot;
  }
}
