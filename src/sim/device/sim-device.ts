/**
 * One simulated device. What it does by itself stands on a timeline of its own, in its own time: the same seed gives the
 * same messages in the same order, whenever they can leave. What it does because it is asked to comes between.
 */
import {nowMs} from '../measure/clock.js';
import type {SimulatedDevice} from '../model/simulated-device.js';
import {Chance} from './chance.js';
import {DeviceCommands} from './device-commands.js';
import {DeviceFaults, type Edge} from './device-faults.js';
import {DeviceFirmware} from './device-firmware.js';
import type {DeviceHands} from './device-hands.js';
import {DeviceLink, type DeviceLinkOwner} from './device-link.js';
import type {DeviceParts} from './device-parts.js';
import {DeviceSleep} from './device-sleep.js';
import {streamsOf} from './device-streams.js';
import {DeviceTwin} from './device-twin.js';
import type {Due} from './due-heap.js';
import {Heartbeat} from './heartbeat.js';
import {filtersOf, linkOptions, prefixOf, suffixOf} from './link-options.js';
import {scheduleMsOf} from './schedule-value.js';
import {Tasks} from './tasks.js';
import {Teller} from './teller.js';

/** So many messages at a time: other devices have theirs. */
const MESSAGES_AT_ONCE = 200;

/** A restart takes so long, in the device's time. */
const RESTART_MS = 3000;

/** It waits for its connection or for an acknowledgement, and is woken by that. */
const STALLED = -1;

export class SimDevice implements Due, DeviceHands, DeviceLinkOwner {
  dueMs = 0;
  heapIndex = -1;
  readonly id: string;
  readonly #parts: DeviceParts;
  readonly #prefix: string;
  readonly #model: SimulatedDevice;
  readonly #link: DeviceLink;
  readonly #teller: Teller;
  readonly #heartbeat: Heartbeat;
  readonly #sleep: DeviceSleep;
  readonly #faults: DeviceFaults;
  readonly #tasks = new Tasks();
  readonly #twin: DeviceTwin;
  readonly #commands: DeviceCommands;
  readonly #endMs: number;
  #living = false;
  #upSinceMs = 0;
  /** Was it away because it was told to be, and not because a broker is? */
  #wasAway = false;
  /** When the next thing is due in its life, as it was last found. */
  #nextMs = STALLED;

  constructor(parts: DeviceParts) {
    const {login, number, model, shared, fleet} = parts;
    this.id = login.id;
    this.#parts = parts;
    this.#prefix = prefixOf(parts);
    this.#endMs = shared.lifeMs ?? Infinity;
    this.#model = model.device(shared.seed, number);
    const chance = new Chance(shared.seed, number, 'behaviour');
    const {tally, window} = shared;
    this.#link = new DeviceLink(this, {options: linkOptions(parts), tally, chance, window});
    this.#faults = new DeviceFaults(parts);
    this.#sleep = new DeviceSleep(this.behaviour.sleep, new Chance(shared.seed, number, 'sleep'));
    this.#heartbeat = new Heartbeat(this.behaviour.heartbeat ?? 0);
    const streams = streamsOf(parts, this.#model, this.#prefix);
    this.#teller = new Teller(streams, this.#link, this.#faults, fleet.qos);
    const {firmware} = this.behaviour;
    const updates = firmware && new DeviceFirmware(this, firmware, chance);
    this.#twin = new DeviceTwin(this, chance, updates);
    this.#commands = new DeviceCommands(this, chance, updates);
  }

  /** Messages of telemetry that nobody acknowledged yet. */
  get unacknowledged(): number {
    return this.#link.unacknowledged;
  }

  get isClosed(): boolean {
    return this.#link.isClosed;
  }

  /** Has everything of its life been told, and acknowledged where it has a connection? Or was it refused for good? */
  get isOver(): boolean {
    if (this.#link.isRefused) return true;
    return this.#nextMs >= this.#endMs && (this.#link.inFlight === 0 || this.#isAway);
  }

  /** Connects; nothing is told by itself before `live`. */
  open(): void {
    this.#link.open(nowMs());
  }

  /** Its life begins, with the clock. */
  live(): void {
    this.#living = true;
    this.wake();
  }

  /** Does what is due, and says when it wants to be asked again. */
  run(realMs: number): void {
    this.#link.wake(realMs);
    this.#tasks.run(realMs);
    const {shared} = this.#parts;
    const {clock} = shared;
    if (this.#living) this.#nextMs = this.#advance(clock.lifeAt(realMs));
    // A fault may last longer than a life.
    if (this.#nextMs >= this.#endMs && this.#link.isPaused) this.#link.resume();
    this.#link.flush();
    const lives = this.#living && this.#nextMs !== STALLED && this.#nextMs < this.#endMs;
    shared.schedule(
      this,
      Math.min(lives ? clock.realAt(this.#nextMs) : Infinity, this.#tasks.nextMs, this.#link.retryMs),
    );
  }

  /** Tells nothing more by itself. What was in flight when a fault cut it off is still delivered. */
  stop(): void {
    if (!this.#living) return;
    this.#living = false;
    this.#teller.finish();
    this.#faults.end(Math.min(this.#endMs, this.#parts.shared.clock.lifeAt(nowMs())));
    this.#link.resume();
    if (this.#link.inFlight > 0 && !this.#link.isRefused) this.#link.open(nowMs());
  }

  end(): void {
    this.#leave();
  }

  /**
   * Goes on to `nowMs` of its life, as far as its connection and acknowledgements let it. Gives back when the next thing is
   * due, or that it is stalled.
   */
  #advance(nowMs: number): number {
    for (let told = 0; told < MESSAGES_AT_ONCE; ) {
      const nextMs = this.#isAway ? this.#nextWhileAway() : this.#nextThing();
      if (nextMs > nowMs || nextMs >= this.#endMs) return nextMs;
      const isEdge = nextMs === this.#nextEdge();
      if (this.#isAway) {
        if (isEdge) this.#edge();
        else this.#skip();
      } else if (!this.#link.up) {
        if (isEdge || this.#parts.fleet.keepsReadings) return STALLED;
        this.#skip();
      } else if (isEdge) {
        // Who goes to sleep waits until what it said was heard.
        if (this.#sleep.nextMs === nextMs && this.#link.inFlight > 0) {
          if (!this.#readsAgain(nowMs)) return this.#stalledMs;
        } else this.#edge();
      } else if (this.#link.hasRoom) {
        this.#tell();
        told++;
      } else if (!this.#readsAgain(nowMs)) return this.#stalledMs;
    }
    return nowMs;
  }

  /** Acknowledgements reach nobody who does not read: what ends that comes before what waits for them. */
  #readsAgain(nowMs: number): boolean {
    const atMs = this.#faults.nextMs;
    if (!this.#link.isPaused || atMs > nowMs) return false;
    this.#apply(this.#faults.take(), atMs);
    return true;
  }

  get #stalledMs(): number {
    return this.#link.isPaused ? this.#faults.nextMs : STALLED;
  }

  /** Readings that are kept wait for the end of a fault, or of sleep. */
  #nextWhileAway(): number {
    const keeps = this.#parts.fleet.keepsReadings && !this.#faults.poweredOff;
    return keeps ? this.#nextEdge() : this.#nextThing();
  }

  #nextThing(): number {
    return Math.min(this.#teller.nextMs, this.#heartbeat.nextMs, this.#nextEdge());
  }

  #nextEdge(): number {
    return Math.min(this.#faults.nextMs, this.#sleep.nextMs);
  }

  get #isAway(): boolean {
    return this.#sleep.asleep || this.#faults.isCut;
  }

  #tell(): void {
    const {clock} = this.#parts.shared;
    if (this.#heartbeat.nextMs < this.#teller.nextMs) {
      const atMs = this.#heartbeat.nextMs;
      const payload = this.#heartbeat.take();
      if (!clock.isHistory(atMs)) this.say('hb', payload, 0);
      return;
    }
    const lifeMs = this.#teller.nextMs;
    // What was kept during a fault is not late by the platform's doing, nor is history.
    const dueMs = clock.isHistory(lifeMs) ? nowMs() : Math.max(clock.realAt(lifeMs), this.#upSinceMs);
    this.#teller.tell(clock.startMs + lifeMs, dueMs);
  }

  /** What is not kept while nobody hears it. */
  #skip(): void {
    if (this.#heartbeat.nextMs < this.#teller.nextMs) this.#heartbeat.take();
    else this.#teller.skip(this.#parts.shared.clock.startMs + this.#teller.nextMs);
  }

  #edge(): void {
    if (this.#sleep.nextMs < this.#faults.nextMs) {
      const atMs = this.#sleep.nextMs;
      this.#sleep.turn();
      if (this.#sleep.asleep) this.#leave();
      else this.#comeBack(atMs, undefined);
      return;
    }
    const atMs = this.#faults.nextMs;
    this.#apply(this.#faults.take(), atMs);
  }

  #apply({edge, fault}: Edge, atMs: number): void {
    switch (edge) {
      case 'cut':
        this.#link.close('cut');
        break;
      case 'power-off':
        this.#link.close('cut');
        this.#link.forget();
        this.#tasks.clear();
        this.#twin.restarted();
        break;
      case 'back':
        this.#comeBack(atMs, fault);
        break;
      case 'slow':
        this.#link.pause();
        break;
      case 'fast':
        this.#link.resume();
        break;
      case 'tamper':
        this.say('tamper', '{"reason":"case-opened"}');
        break;
    }
  }

  #comeBack(atMs: number, fault: string | undefined): void {
    if (this.#isAway) return;
    this.#wasAway = true;
    this.#heartbeat.skipTo(atMs);
    this.#link.open(nowMs(), fault);
  }

  #leave(): void {
    if (!this.#parts.shared.platform && this.#link.up) this.say('status', '{"online":false}', 1, true);
    this.#link.close('end');
  }

  // ---- what its connection tells it ----

  get filters(): readonly string[] {
    return filtersOf(this.#prefix);
  }

  settled(): void {
    this.#parts.shared.settled(this.#parts.number);
  }

  connected(): void {
    if (this.#wasAway) this.#upSinceMs = nowMs();
    this.#wasAway = false;
    if (!this.#parts.shared.platform) {
      this.say('status', '{"online":true}', 1, true);
      this.say('twin/get', '');
    }
    this.#twin.connected();
    this.wake();
  }

  hear(topic: string, payload: Buffer): void {
    const suffix = suffixOf(topic, this.#prefix, this.id);
    const [cmd, id, name, ...more] = suffix?.split('/') ?? [];
    if (suffix === 'twin/desired') this.#twin.take(payload);
    else if (suffix === 'error') this.#parts.shared.tally.refused(payload);
    else if (cmd === 'cmd' && id !== undefined && name !== undefined && more.length === 0)
      this.#commands.take(id, name, payload);
  }

  wake(): void {
    this.#parts.shared.schedule(this, 0);
  }

  // ---- what its parts may do ----

  get spec() {
    return this.#parts.model.spec;
  }

  get behaviour() {
    return this.#parts.model.behaviour;
  }

  say(topic: string, payload: string, qos: 0 | 1 = 1, retain = false): void {
    this.#link.say(`${this.#prefix}${topic}`, payload, qos, retain);
  }

  later(delayMs: number, run: () => void): void {
    this.#tasks.add(nowMs() + delayMs / this.#parts.shared.clock.acceleration, run);
    this.wake();
  }

  setMetric(name: string, value: unknown): string | undefined {
    return this.#model.set(name, value);
  }

  setSchedule(what: 'interval' | 'heartbeat', value: unknown): string | undefined {
    const ms = scheduleMsOf(value);
    if (ms === undefined) return `${what} cannot be ${JSON.stringify(value)}`;
    const {clock} = this.#parts.shared;
    const lifeMs = this.#living ? clock.lifeAt(nowMs()) : 0;
    if (what === 'interval') this.#teller.setInterval(ms, lifeMs);
    else this.#heartbeat.setInterval(ms, lifeMs);
    this.wake();
    return undefined;
  }

  scheduleSec(what: 'interval' | 'heartbeat'): number {
    return (what === 'interval' ? this.#teller.intervalMs : this.#heartbeat.everyMs) / 1000;
  }

  command(name: string, data: unknown) {
    return this.#model.command(name, data);
  }

  answered(): void {
    this.#parts.shared.tally.measurements.count('commandsAnswered');
  }

  restart(): void {
    this.#leave();
    this.#wasAway = true;
    this.#twin.restarted();
    this.later(RESTART_MS, () => {
      if (!this.#isAway) this.#link.open(nowMs());
    });
  }
}
